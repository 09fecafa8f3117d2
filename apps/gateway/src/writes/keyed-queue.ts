import type { Deadline } from '../wire/deadline.js';

/**
 * Runs work with a common key one by one, other work in parallel. Work that would wait for a row's lock in the database
 * waits here instead, where it holds no connection.
 */
export class KeyedQueue {
  private readonly tails = new Map<string, Promise<void>>();

  /** @throws {TimedOut} if the work cannot begin before the deadline */
  run<T>(keys: readonly string[], deadline: Deadline, work: () => Promise<T>): Promise<T> {
    const done = Promise.all(keys.flatMap((key) => this.tails.get(key) ?? [])).then(() => {
      deadline.assertNotOver();
      return work();
    });
    const tail = done.then(
      () => undefined,
      () => undefined,
    );
    for (const key of keys) this.tails.set(key, tail);
    void tail.then(() => {
      for (const key of keys) if (this.tails.get(key) === tail) this.tails.delete(key);
    });
    return deadline.bound(done);
  }
}
