import { describe, expect, it } from '@jest/globals';
import type { Logger } from '@nestjs/common';
import kafkajs, { type KafkaMessage } from 'kafkajs';
import { BatchProcessor } from './batch-processor.js';
import { ConsumerState } from './consumer-state.js';

const PLACE = { topic: 'logins', partition: 0 };
const recordAt = (offset: number) => ({ offset: String(offset), key: null, value: null }) as KafkaMessage;
const rebalance = Object.assign(new kafkajs.KafkaJSError('The group is rebalancing.'), { type: 'REBALANCE_IN_PROGRESS' });
const databaseAway = Object.assign(new Error('the database is starting up'), { code: '57P03' });

describe('a batch with an unauthentic record', () => {
  it('when the group rebalances while the record is tried again / gives the partition back, and writes its letter once', async () => {
    const letters: string[] = [];
    const processor = new BatchProcessor({
      delivery: { pass: () => Promise.reject(databaseAway) } as never,
      deadLetters: { keep: ({ offset }) => Promise.resolve(void letters.push(offset)) },
      state: new ConsumerState(),
      logger: { error: () => undefined, warn: () => undefined } as unknown as Logger,
      authenticate: (records) => Promise.resolve(records.map(() => ({ unauthentic: 'junk' }))),
      parked: { has: () => Promise.resolve(false) },
    });
    const assignment = {
      isAssigned: () => true,
      heartbeat: () => Promise.reject(rebalance),
      inTurn: <T>(work: () => Promise<T>) => work(),
      resolve: () => undefined,
    };
    await expect(processor.process([recordAt(7)], PLACE, assignment)).rejects.toBe(rebalance);
    expect(letters).toEqual(['7']);
  });
});
