import { describe, expect, it } from '@jest/globals';
import type { Admin } from 'kafkajs';
import type pg from 'pg';
import { Refused } from '../events.errors.js';
import { readApplied, type AppliedParts } from '../reading/applied-offsets.js';
import { untilSettled } from './settled.js';

const TOPIC = 'test.portal-logins.v1';
const ID = '11111111-1111-1111-1111-111111111111';
const FORMER_ID = '22222222-2222-2222-2222-222222222222';

interface Stored {
  next: number;
  id?: string | null;
}

/** The auth app's stored position in the one partition of a topic that ends at 5, and an empty outbox. */
function storedIs({ next, id = ID }: Stored): AppliedParts & { gateway: pg.Client; signal: AbortSignal } {
  const ends = [{ partition: 0, low: '0', high: '5', offset: '5' }];
  const rows = [{ partition: 0, next: String(next), topic_id: id }];
  return {
    gateway: { query: () => Promise.resolve({ rows: [{ last: '0' }], rowCount: 0 }) } as unknown as pg.Client,
    auth: { query: () => Promise.resolve({ rows, rowCount: 1 }) } as unknown as pg.Client,
    admin: { fetchTopicOffsets: () => Promise.resolve(ends) } as unknown as Admin,
    topicIds: { read: () => Promise.resolve(new Map([[TOPIC, ID]])) },
    topic: TOPIC,
    signal: new AbortController().signal,
  };
}

describe('verify', () => {
  it.each([
    ['at the end', { next: 5 }],
    ['at the end, stored without a topic id', { next: 5, id: null }],
  ])('when the auth app stands %s / goes on', async (_, stored) => {
    await expect(untilSettled(storedIs(stored), 0)).resolves.toBeUndefined();
  });

  it.each([
    ['before the end', { next: 4 }],
    ['beyond the end of a topic that was made again', { next: 9 }],
    ['beyond the end of a topic that was made again, stored without a topic id', { next: 9, id: null }],
    ['at the end, by the position of an earlier topic of that name', { next: 5, id: FORMER_ID }],
  ])('when the auth app stands %s / says that it is behind', async (_, stored) => {
    await expect(untilSettled(storedIs(stored), 0)).rejects.toThrow(Refused);
  });
});

describe('the applied position that lag shows', () => {
  it('when it is one of this topic / is the stored one', async () => {
    expect(await readApplied(storedIs({ next: 4 }))).toEqual([{ partition: 0, low: 0, end: 5, applied: 4 }]);
  });

  it.each([
    ['is beyond the end', { next: 9 }],
    ['has the id of an earlier topic of that name', { next: 4, id: FORMER_ID }],
  ])('when the stored one %s / is none', async (_, stored) => {
    expect(await readApplied(storedIs(stored))).toEqual([{ partition: 0, low: 0, end: 5, applied: null }]);
  });
});
