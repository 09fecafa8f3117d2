import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { EntityManager } from '@mikro-orm/postgresql';
import { LiveTokens } from './live-tokens.js';

/** Ids of the valid tokens in the database; null while it does not answer. */
let live: string[] | null;
let questions: number;
let tokens: LiveTokens;
let ended: string[];

beforeEach(() => {
  jest.useFakeTimers();
  [live, questions, ended] = [['1', '2'], 0, []];
  const executeQuery = () => {
    questions++;
    if (!live) return Promise.reject(new Error('away'));
    return Promise.resolve({ rows: live.map((id) => ({ id })) });
  };
  tokens = new LiveTokens({ fork: () => ({ getKysely: () => ({ executeQuery }) }) } as unknown as EntityManager);
});
afterEach(() => void jest.useRealTimers());

const watch = (id: string) => tokens.watch(id, () => void ended.push(id));

describe('watched tokens', () => {
  it('when there are some / all are asked for once a second, and only the one that is no longer valid is reported', async () => {
    for (const id of ['1', '1', '2']) watch(id);
    await jest.advanceTimersByTimeAsync(3_000);
    expect({ questions, ended }).toEqual({ questions: 3, ended: [] });
    live = ['2'];
    await jest.advanceTimersByTimeAsync(1_000);
    expect(ended).toEqual(['1', '1']);
  });

  it('when the last one is unwatched / none is asked for any more', async () => {
    const unwatch = [watch('1'), watch('2')];
    for (const stop of unwatch) stop();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(questions).toBe(0);
  });

  it('when one is watched again long after the last one was unwatched / it is asked for, and its end is reported', async () => {
    watch('1')();
    await jest.advanceTimersByTimeAsync(60_000);
    watch('2');
    await jest.advanceTimersByTimeAsync(1_000);
    expect({ questions, ended }).toEqual({ questions: 1, ended: [] });
    live = [];
    await jest.advanceTimersByTimeAsync(1_000);
    expect(ended).toEqual(['2']);
  });

  it('when one of two watchers of a token leaves, twice / the other is still told of its end', async () => {
    const leave = watch('1');
    watch('1');
    leave();
    leave();
    live = [];
    await jest.advanceTimersByTimeAsync(1_000);
    expect(ended).toEqual(['1']);
  });
});

describe('watched tokens without an answer of the database', () => {
  it('when a token was valid / it counts as valid for three seconds, and as revoked within the five of the contract', async () => {
    watch('1');
    await jest.advanceTimersByTimeAsync(2_000);
    live = null;
    await jest.advanceTimersByTimeAsync(3_000);
    expect(ended).toEqual([]);
    // A revocation right after the last answer is in force by now.
    await jest.advanceTimersByTimeAsync(2_000);
    expect(ended).toContain('1');
  });

  it('when the database answers again in time / the token stays valid', async () => {
    watch('1');
    live = null;
    await jest.advanceTimersByTimeAsync(2_000);
    live = ['1'];
    await jest.advanceTimersByTimeAsync(10_000);
    expect(ended).toEqual([]);
  });
});
