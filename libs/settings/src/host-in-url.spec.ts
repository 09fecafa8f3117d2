import { expect, it } from '@jest/globals';
import { hostInUrl } from './host-in-url.js';

it('when an app listens on one address or name / is that one, in brackets where it is IPv6', () => {
  const hosts = ['192.168.1.20', '127.0.0.1', ' ::1 ', 'fd00::20', 'gateway.example'];
  expect(hosts.map((host) => hostInUrl(host))).toEqual(['192.168.1.20', '127.0.0.1', '[::1]', '[fd00::20]', 'gateway.example']);
});

it("when it listens on all addresses, or on both of this machine's own / is the loopback address", () => {
  for (const host of [undefined, '', ' ', '0.0.0.0', '::', 'localhost']) {
    expect(hostInUrl(host)).toBe('127.0.0.1');
    expect(hostInUrl(host, 'localhost')).toBe('localhost');
  }
});
