import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Deadline, TimedOut } from '../wire/deadline.js';
import { KeyedQueue } from './keyed-queue.js';

/** Work that begins in its turn, and ends when the test releases it. */
class Work {
  begun = false;
  private release!: () => void;
  private readonly gate = new Promise<void>((resolve) => (this.release = resolve));
  readonly run = async (): Promise<void> => {
    this.begun = true;
    await this.gate;
  };
  async end(): Promise<void> {
    this.release();
    await settled();
  }
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('KeyedQueue', () => {
  it('when works share a key / each begins in the order in which it came, when the one before has ended', async () => {
    const [queue, a, b, c] = [new KeyedQueue(), new Work(), new Work(), new Work()];
    for (const [keys, work] of [
      [['1'], a],
      [['1', '2'], b],
      [['2'], c],
    ] as const)
      void queue.run(keys, new Deadline(), work.run);
    await settled();
    expect([a.begun, b.begun, c.begun]).toEqual([true, false, false]);
    await a.end();
    expect([b.begun, c.begun]).toEqual([true, false]);
    await b.end();
    expect(c.begun).toBe(true);
  });

  it('when work times out in the queue / what waits behind it begins', async () => {
    const [queue, a, b, c] = [new KeyedQueue(), new Work(), new Work(), new Work()];
    void queue.run(['1'], new Deadline(), a.run);
    await expect(queue.run(['1', '2'], new Deadline(1), b.run)).rejects.toThrow(TimedOut);
    void queue.run(['2'], new Deadline(), c.run);
    await settled();
    expect([b.begun, c.begun]).toEqual([false, true]);
  });

  it('when work fails / the next one of its key begins', async () => {
    const queue = new KeyedQueue();
    const failed = queue.run(['1'], new Deadline(), () => Promise.reject(new Error('no')));
    const next = queue.run(['1'], new Deadline(), () => Promise.resolve('done'));
    await expect(failed).rejects.toThrow('no');
    await expect(next).resolves.toBe('done');
  });

  it('when works share no key / they run in parallel', async () => {
    const [queue, a, b] = [new KeyedQueue(), new Work(), new Work()];
    void queue.run(['1'], new Deadline(), a.run);
    void queue.run(['2'], new Deadline(), b.run);
    await settled();
    expect([a.begun, b.begun]).toEqual([true, true]);
  });

  it('when work could not begin before its deadline / it rejects with TimedOut and never begins', async () => {
    const [queue, a, b] = [new KeyedQueue(), new Work(), new Work()];
    void queue.run(['1'], new Deadline(), a.run);
    await expect(queue.run(['1'], new Deadline(0), b.run)).rejects.toThrow(TimedOut);
    await a.end();
    expect(b.begun).toBe(false);
  });

  it('when the deadline of work is over and its key is free / it rejects with TimedOut and never begins', async () => {
    const [queue, late, next] = [new KeyedQueue(), new Work(), new Work()];
    await expect(queue.run(['1'], new Deadline(0), late.run)).rejects.toThrow(TimedOut);
    void queue.run(['1'], new Deadline(), next.run);
    await settled();
    expect([late.begun, next.begun]).toEqual([false, true]);
  });
});

describe('KeyedQueue while some work takes long', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate'] }));
  afterEach(() => void jest.useRealTimers());

  it('when quick work has ended long ago / the next one of its key begins', async () => {
    const [queue, quick, next] = [new KeyedQueue(), new Work(), new Work()];
    void queue.run(['1'], new Deadline(), quick.run);
    await settled();
    await quick.end();
    jest.advanceTimersByTime(60_000);
    void queue.run(['1'], new Deadline(), next.run);
    await settled();
    expect(next.begun).toBe(true);
  });

  it('when work waits for a key of slow work / work of its other keys begins before it, and it begins in its turn', async () => {
    const [queue, slow, both, other, last] = [new KeyedQueue(), new Work(), new Work(), new Work(), new Work()];
    void queue.run(['2'], new Deadline(), slow.run);
    void queue.run(['1', '2'], new Deadline(), both.run);
    void queue.run(['1'], new Deadline(), other.run);
    await settled();
    expect([both.begun, other.begun]).toEqual([false, false]);
    jest.advanceTimersByTime(50);
    await settled();
    expect([both.begun, other.begun]).toEqual([false, true]);
    void queue.run(['1'], new Deadline(), last.run);
    await slow.end();
    await other.end();
    expect([both.begun, last.begun]).toEqual([true, false]);
    await both.end();
    expect(last.begun).toBe(true);
  });

  it('when work with another key of slow work comes later / it keeps nothing from others', async () => {
    const [queue, slow, both, other] = [new KeyedQueue(), new Work(), new Work(), new Work()];
    void queue.run(['2'], new Deadline(), slow.run);
    await settled();
    jest.advanceTimersByTime(50);
    void queue.run(['1', '2'], new Deadline(), both.run);
    void queue.run(['1'], new Deadline(), other.run);
    await settled();
    expect([both.begun, other.begun]).toEqual([false, true]);
  });

  it.each([0, 1, 2, 3, 4, 5])(
    'when work times out in the moment in which its turn comes (%i microtasks after the work before) / later work begins',
    async (microtasks) => {
      const [queue, before, late, later] = [new KeyedQueue(), new Work(), new Work(), new Work()];
      void queue.run(['1'], new Deadline(), before.run);
      const timedOut = queue.run(['1'], new Deadline(), late.run).catch((error: unknown) => error);
      await settled();
      const ended = before.end();
      for (let index = 0; index < microtasks; index++) await Promise.resolve();
      jest.advanceTimersByTime(60_000);
      await ended;
      void queue.run(['1'], new Deadline(), later.run);
      await late.end();
      expect(await timedOut).toEqual(late.begun ? undefined : expect.any(TimedOut));
      expect(later.begun).toBe(true);
    },
  );
});
