import { describe, expect, it } from '@jest/globals';
import { hostOf, seedAddress } from './seed-address.js';

describe('the address of a broker', () => {
  it.each(['[::1]:9092', '[2001:db8::7]:9093'])(
    'when it is the IPv6 address %s / has one colon for kafkajs, and is opened as it was',
    (broker) => {
      const seed = seedAddress(broker);
      expect(seed.split(':')).toHaveLength(2);
      expect(`[${hostOf(seed.split(':')[0]!)}]:${seed.split(':')[1]}`).toBe(broker);
    },
  );

  it('when it is a name or an IPv4 address / stays as it is', () => {
    expect(seedAddress('kafka-1.example:9092')).toBe('kafka-1.example:9092');
    expect(hostOf('127.0.0.1')).toBe('127.0.0.1');
  });
});
