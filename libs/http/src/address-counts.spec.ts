import { describe, expect, it } from '@jest/globals';
import { AddressCounts } from './address-counts.js';

const LIMIT = 3;

describe('the requests of an address', () => {
  it('when they are over the limit / have to wait for the rest of the minute, and other addresses do not', () => {
    let now = 0;
    const counts = new AddressCounts(LIMIT, { clock: () => now });
    const answers = Array.from({ length: LIMIT }, () => counts.count('192.0.2.1'));
    now = 20_500;
    expect([...answers, counts.count('192.0.2.1')]).toEqual([undefined, undefined, undefined, 40]);
    expect(counts.count('192.0.2.2')).toBeUndefined();
  });

  it('when the minute is over / are counted from the beginning', () => {
    let now = 0;
    const counts = new AddressCounts(1, { clock: () => now });
    counts.count('192.0.2.1');
    now = 59_999;
    expect(counts.count('192.0.2.1')).toBe(1);
    now = 60_000;
    expect(counts.count('192.0.2.1')).toBeUndefined();
  });

  it('when they reach the limit / are reported once a minute', () => {
    let now = 0;
    const reported: string[] = [];
    const counts = new AddressCounts(LIMIT, { onLimit: (address) => void reported.push(address), clock: () => now });
    for (let n = 0; n < 10; n++) counts.count('192.0.2.1');
    expect(reported).toEqual(['192.0.2.1']);
    now = 60_000;
    for (let n = 0; n < 10; n++) counts.count('192.0.2.1');
    expect(reported).toEqual(['192.0.2.1', '192.0.2.1']);
  });

  it('when more addresses send than are counted / the oldest is forgotten first', () => {
    const counts = new AddressCounts(1);
    for (let n = 0; n <= 10_000; n++) counts.count(String(n));
    expect(counts.count('0')).toBeUndefined();
    expect(counts.count('10000')).toBeGreaterThan(0);
  });
});
