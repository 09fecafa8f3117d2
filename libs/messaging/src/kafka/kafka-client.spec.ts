import { createRequire } from 'node:module';
import { describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { createKafka, partitionOf } from './kafka-client.js';

const require = createRequire(import.meta.url);

describe('the partition of a key', () => {
  // The hashes that Kafka's own tests give for murmur2.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])("when the key is %s / is that of Java's default partitioner", (key, murmur2) => {
    for (const partitions of [1, 3, 6, 50]) expect(partitionOf(key, partitions)).toBe((murmur2 & 0x7fffffff) % partitions);
  });

  it('when the key is any / is the one that kafkajs chooses', () => {
    const choose = Partitioners.DefaultPartitioner();
    const partitionMetadata = Array.from({ length: 7 }, (_, partitionId) => ({ partitionId, leader: 0 })) as never;
    const ofKafkajs = (key: string | Buffer) => choose({ topic: '', partitionMetadata, message: { key, value: null } });
    const keys = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.uint8Array({ minLength: 1 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(fc.property(keys, (key) => partitionOf(key, 7) === ofKafkajs(key)));
  });
});

describe('a client', () => {
  it('while it waits for no answer / sets no timer', () => {
    createKafka({ brokers: ['127.0.0.1:1'], clientId: 'spec' }, new Logger('Kafka'));
    const { prototype } = require('kafkajs/src/network/requestQueue') as { prototype: { scheduleCheckPendingRequests(): void } };
    const timer = jest.spyOn(globalThis, 'setTimeout');
    prototype.scheduleCheckPendingRequests.call({ ...prototype, pending: [], throttledUntil: -1 });
    expect(timer).not.toHaveBeenCalled();
    prototype.scheduleCheckPendingRequests.call({
      ...prototype,
      pending: [{}],
      throttledUntil: Date.now() + 10,
      checkPendingRequests: () => undefined,
    });
    expect(timer).toHaveBeenCalledTimes(1);
    timer.mockRestore();
  });
});
