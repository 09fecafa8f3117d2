import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { HashQueue, HashQueueFull, hashWorkers, LONGEST_WAIT_MS, MAX_WAITING } from './hash-queue.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Work that ends on request. */
class Works {
  readonly begun: number[] = [];
  private readonly ends: (() => void)[] = [];

  of = (index: number) => (): Promise<number> => {
    this.begun.push(index);
    return new Promise((resolve) => (this.ends[index] = () => resolve(index)));
  };

  end(index: number): void {
    this.ends[index]!();
  }
}

const fill = (queue: HashQueue, works: Works, count: number): Promise<unknown>[] =>
  Array.from({ length: count }, (_, index) => queue.run(works.of(index)).catch((error: unknown) => error));
const settle = () => jest.advanceTimersByTimeAsync(0);

describe('a flood of hashes', () => {
  it('up to the number of workers / run at once, in order of arrival', async () => {
    const [queue, works] = [new HashQueue(2), new Works()];
    void fill(queue, works, 4);
    await settle();
    expect(works.begun).toEqual([0, 1]);
    works.end(1);
    await settle();
    expect(works.begun).toEqual([0, 1, 2]);
  });

  it('above the limit of waiting hashes / is refused before it begins, until one has ended', async () => {
    const [queue, works] = [new HashQueue(2), new Works()];
    const all = fill(queue, works, 2 + MAX_WAITING);
    await expect(queue.run(works.of(99))).rejects.toThrow(HashQueueFull);
    works.end(0);
    await all[0];
    await settle();
    const late = queue.run(works.of(100));
    for (let index = 1; index < all.length; index++) {
      works.end(index);
      await settle();
    }
    works.end(100);
    await expect(late).resolves.toBe(100);
    expect(works.begun).not.toContain(99);
  });

  it('after the longest wait / is refused, and keeps no place in the queue', async () => {
    const [queue, works] = [new HashQueue(1), new Works()];
    const [first, second] = fill(queue, works, 2);
    await jest.advanceTimersByTimeAsync(LONGEST_WAIT_MS);
    expect(await second).toBeInstanceOf(HashQueueFull);
    works.end(0);
    await first;
    const third = queue.run(works.of(2));
    await settle();
    works.end(2);
    await expect(third).resolves.toBe(2);
    expect(works.begun).toEqual([0, 2]);
  });

  it('when work fails / gives its turn to the next', async () => {
    const [queue, works] = [new HashQueue(1), new Works()];
    const failed = queue.run(() => Promise.reject(new Error('fails')));
    const next = queue.run(works.of(1));
    await expect(failed).rejects.toThrow('fails');
    await settle();
    works.end(1);
    await expect(next).resolves.toBe(1);
  });
});

describe('how many hashes run at once', () => {
  it.each([
    [4, 2, 1],
    [4, 16, 2],
    [8, 4, 3],
    [8, 64, 6],
    [2, 8, 1],
    [8, 1, 1],
  ])('with %i threads and %i cores / are %i, so that threads and a core are left', (threads, cores, workers) => {
    expect(hashWorkers(threads, cores)).toBe(workers);
  });
});
