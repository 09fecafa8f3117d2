import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { oldBytesAfter } from '#app/system/testing';
import { Deadline, TimedOut } from './deadline.js';

const never = new Promise<never>(() => undefined);

/** How the promise stands after a time; a deadline is noticed 20 ms late at most. */
async function stateAfter(ms: number, promise: Promise<unknown>): Promise<unknown> {
  let state: unknown = 'waits';
  promise.then(
    (value) => (state = value),
    (error: unknown) => (state = error),
  );
  await jest.advanceTimersByTimeAsync(ms);
  return state;
}

describe('work that is bound to a deadline', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(async () => {
    // All deadlines of a test are over by then.
    await jest.advanceTimersByTimeAsync(10_000);
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it('waits until the deadline / and fails then, not before', async () => {
    const bound = new Deadline(100).bound(never);
    expect(await stateAfter(99, bound)).toBe('waits');
    expect(await stateAfter(21, bound)).toBeInstanceOf(TimedOut);
  });

  it('while the deadline is paused / its time does not count', async () => {
    const deadline = new Deadline(100);
    const bound = deadline.bound(never);
    await jest.advanceTimersByTimeAsync(60);
    deadline.pause();
    await jest.advanceTimersByTimeAsync(1_000);
    deadline.resume();
    expect(await stateAfter(39, bound)).toBe('waits');
    expect(await stateAfter(21, bound)).toBeInstanceOf(TimedOut);
  });

  it('when one of several is over / the others wait for their own', async () => {
    const bounds = [50, 5_000].map((ms) => new Deadline(ms).bound(never));
    const states = await Promise.all(bounds.map((bound) => stateAfter(100, bound)));
    expect(states[0]).toBeInstanceOf(TimedOut);
    expect(states[1]).toBe('waits');
  });

  it('when the work ends in time / it has its result, or its own error', async () => {
    const deadline = new Deadline(100);
    const failed = new Error('its own');
    await expect(deadline.bound(Promise.resolve(7))).resolves.toBe(7);
    await expect(deadline.bound(Promise.reject(failed))).rejects.toBe(failed);
  });

  it('when nothing waits any more / no timer is left, and later work has one again', async () => {
    await new Deadline(100).bound(Promise.resolve());
    await jest.advanceTimersByTimeAsync(20);
    expect(jest.getTimerCount()).toBe(0);
    expect(await stateAfter(51, new Deadline(30).bound(never))).toBeInstanceOf(TimedOut);
  });
});

describe('requests that come and go', () => {
  it('when their work ends in time / are garbage that a collection of the young generation removes', async () => {
    const bytes = await oldBytesAfter((object) => {
      const { promise, resolve } = Promise.withResolvers<object>();
      void new Deadline(60_000).bound(promise);
      return () => resolve(object);
    });
    // Of 240 MB: with a `Set` 150 to 220 MB, with the ring 25 MB.
    expect(bytes).toBeLessThan(80_000_000);
  });
});
