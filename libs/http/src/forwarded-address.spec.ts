import { describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { readForwardedAddress, warnOfForwardedAddresses } from './forwarded-address.js';

type Trust = string | ((address: string, hop: number) => boolean);

const beforeEachRequest = (app: FastifyInstance, run: (request: FastifyRequest) => void) =>
  app.addHook('onRequest', (request, _, done) => {
    run(request);
    done();
  });

/** The caller that the app sees behind a proxy of 10.0.0.0/8. */
async function callerOf(
  headers: Record<string, string | string[]>,
  remoteAddress = '10.0.0.1',
  trustProxy: Trust = '10.0.0.0/8',
) {
  const app = fastify({ trustProxy });
  beforeEachRequest(app, readForwardedAddress);
  app.get('/', ({ ip }) => ip);
  const answer = await app.inject({ url: '/', headers, remoteAddress });
  await app.close();
  return answer.body;
}

describe('when a trusted proxy writes Forwarded', () => {
  it.each([
    ['for=203.0.113.7', '203.0.113.7'],
    ['For=203.0.113.7;proto=https;by=10.0.0.1', '203.0.113.7'],
    ['proto=https; FOR="203.0.113.7:4711"; host="a,for=192.0.2.66"', '203.0.113.7'],
    ['for="[2001:db8:cafe::17]:4711"', '2001:db8:cafe::17'],
    ['for="\\[2001:db8::17]"', '2001:db8::17'],
    ['for=[2001:db8::17]:81', '2001:db8::17'],
    ['for=203.0.113.7;', '203.0.113.7'],
    ['for=203.0.113.7, for="10.0.0.5:81";by=10.0.0.6,,', '203.0.113.7'],
    ['for=192.0.2.66, for=203.0.113.7, for="[::ffff:10.0.0.5]"', '203.0.113.7'],
    ['for=unknown', 'unknown'],
    ['for=_hidden, for=10.0.0.5', 'unknown'],
    ['for="_hidden:_port"', 'unknown'],
    ['for=192.0.2.66, proto=https', 'unknown'],
    ['for=192.0.2.66;for=192.0.2.67', 'unknown'],
    ['for=192.0.2.66;x=", for=203.0.113.7', 'unknown'],
    ['for=192.0.2.66;x=", for="[2001:db8::17]"', 'unknown'],
    ['for="', 'unknown'],
    ['for=192.0.2.66 for=192.0.2.67', 'unknown'],
    ['', '10.0.0.1'],
  ])('%s / the caller is %s', async (forwarded, ip) => {
    expect(await callerOf({ forwarded })).toBe(ip);
  });

  it('in several headers / they are one list', async () => {
    expect(await callerOf({ forwarded: ['for=192.0.2.66, for=203.0.113.7', 'for=10.0.0.5'] })).toBe('203.0.113.7');
  });

  it('and proxies are trusted by their number / a hop without an address counts too', async () => {
    const forwarded = 'for=192.0.2.66, for=203.0.113.7, proto=https';
    expect(await callerOf({ forwarded }, '10.0.0.1', (_, hop) => hop < 2)).toBe('203.0.113.7');
  });

  it('and X-Forwarded-For comes too / that one names the caller', async () => {
    expect(await callerOf({ forwarded: 'for=192.0.2.66', 'x-forwarded-for': '203.0.113.7:81' })).toBe('203.0.113.7');
  });

  it('and the sender is no trusted proxy / the header is ignored', async () => {
    expect(await callerOf({ forwarded: 'for=192.0.2.66' }, '198.51.100.9')).toBe('198.51.100.9');
  });
});

describe.each(['x-forwarded-for', 'forwarded'])('when %s comes in and no proxy is trusted', (header) => {
  it('at the first request / warns, and not again at each', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    const app = fastify();
    beforeEachRequest(app, warnOfForwardedAddresses());
    app.get('/', () => 'ok');
    await app.inject('/');
    expect(warn).not.toHaveBeenCalled();
    for (let n = 0; n < 3; n++) await app.inject({ url: '/', headers: { [header]: 'for=192.0.2.1' } });
    expect(warn.mock.calls).toEqual([[{ msg: expect.stringContaining('TRUST_PROXY is off') }]]);
    await app.close();
    warn.mockRestore();
  });
});
