import { WRITE_DEADLINE_MS, WriteTimedOut } from '../../writes/write-deadline.js';

/**
 * Work on the same things goes one after the other, other work beside it. What would wait for a row's lock in the
 * database waits here instead, where it holds no connection.
 */
export class Lanes {
  private readonly tails = new Map<number, Promise<void>>();

  /** @throws {WriteTimedOut} where the work could not begin in the time that a write may take */
  run<T>(keys: readonly number[], work: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + WRITE_DEADLINE_MS;
    const done = Promise.all(keys.flatMap((key) => this.tails.get(key) ?? [])).then(() => {
      if (performance.now() > deadline) throw new WriteTimedOut();
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
    return done;
  }
}
