import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Deadline, TimedOut } from '../wire/deadline.js';
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

/** A deadline that ends when the spec says so. */
class EndedDeadline extends Deadline {
  isEnded = false;

  override get remainingMs(): number {
    return this.isEnded ? 0 : 60_000;
  }
}

describe('a write in a transaction of its own', () => {
  const deadline = new EndedDeadline();
  const end = () => Promise.resolve(void (deadline.isEnded = true));
  const [commit, rollback] = [jest.fn(() => Promise.resolve()), jest.fn(() => Promise.resolve())];
  const done = () => Promise.resolve();
  /** @param beginning what happens while the transaction begins */
  const run = (beginning: () => Promise<void>, write: () => Promise<object>) => {
    const em = { fork: () => ({ begin: beginning, commit, rollback }) };
    const parts = [em, pool, {}, { committed: done }, { claim: done, keep: done }, { isReached: false }];
    return new Writes(...(parts as unknown as ConstructorParameters<typeof Writes>)).run({ ...request, deadline }, write);
  };

  beforeEach(() => {
    deadline.isEnded = false;
    for (const mock of [commit, rollback]) mock.mockClear();
  });

  it('when its deadline ends before its transaction begins / does nothing', async () => {
    await expect(run(end, work)).rejects.toThrow(TimedOut);
    expect([work, commit, rollback].map(({ mock }) => mock.calls.length)).toEqual([0, 0, 1]);
  });

  it('when its deadline ends before its commit / is rolled back', async () => {
    await expect(run(done, () => end().then(() => ({})))).rejects.toThrow(TimedOut);
    expect([commit, rollback].map(({ mock }) => mock.calls.length)).toEqual([0, 1]);
  });

  it('when its deadline does not end / is committed', async () => {
    await expect(run(done, () => Promise.resolve({ id: 1 }))).resolves.toEqual({ id: 1 });
    expect([commit, rollback].map(({ mock }) => mock.calls.length)).toEqual([1, 0]);
  });
});
