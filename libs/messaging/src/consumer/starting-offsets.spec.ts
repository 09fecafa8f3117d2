import { describe, expect, it } from '@jest/globals';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Admin } from 'kafkajs';
import { lagBehind } from './starting-offsets.js';

const TOPIC = 'test.portal-logins.v1';

/** The lag of a partition that holds records from 2 up to 5. */
async function lagAt(nextOffset?: number): Promise<number> {
  const position = { topic: TOPIC, partition: 0, nextOffset, topicId: null, failureStreak: 0 };
  const stored = nextOffset === undefined ? [] : [position];
  const em = { fork: () => ({ find: () => Promise.resolve(stored) }) } as unknown as EntityManager;
  const ends = [{ partition: 0, low: '2', high: '5', offset: '5' }];
  const admin = { fetchTopicOffsets: () => Promise.resolve(ends) } as unknown as Admin;
  const [lag] = await lagBehind(em, admin, [TOPIC]);
  return lag!.records;
}

describe('the lag of a consumer', () => {
  it.each([
    ['is absent', undefined, 3],
    ['is before the first retained record', 1, 3],
    ['is between the records', 4, 1],
    ['is at the end', 5, 0],
    ['is beyond the end of a topic that was made again', 9, 3],
  ])('when its stored offset %s / counts the records that it will apply', async (_, stored, records) => {
    expect(await lagAt(stored)).toBe(records);
  });
});
