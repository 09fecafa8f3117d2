import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Deadline } from '../wire/deadline.js';
import { OutboxFull } from './write.errors.js';
import type { WriteRequest } from './write-request.js';
import { Writes } from './writes.js';

const begin = jest.fn();
const pool = { transaction: begin, fork: begin };
/** A gateway whose outbox is full; no transaction may begin. */
const writes = new Writes(...([pool, pool, {}, {}, {}, { isReached: true }] as unknown as ConstructorParameters<typeof Writes>));
const request = { deadline: new Deadline(), dryRun: false } as WriteRequest;
const work = jest.fn(() => Promise.resolve({}));

beforeEach(() => {
  begin.mockClear();
  work.mockClear();
});

describe('writes while the outbox is full', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['one', () => writes.run(request, work)],
    [
      'a batch',
      () => writes.runTogether([{ request }], () => Promise.resolve([]), { contactOf: () => null, commits: () => undefined }),
    ],
    ['a part of an earlier one', () => writes.runPart(work)],
  ])('when it is %s / rejects with OutboxFull and begins no transaction', async (_, write) => {
    await expect(write()).rejects.toThrow(OutboxFull);
    expect([begin, work].map(({ mock }) => mock.calls.length)).toEqual([0, 0]);
  });
});
