import type { Deadline } from '../wire/deadline.js';

/** Work that takes longer waits for something itself. */
const SLOW_MS = 50;

interface Waiting {
  keys: readonly string[];
  begin: () => void;
}

/**
 * Runs work with a common key one by one, other work in parallel. Work that would wait for a row's lock in the database
 * waits here instead, where it holds no connection.
 *
 * Work begins in the order of its arrival, with one exception: what waits for a key of slow work does not keep its other keys from others.
 */
export class KeyedQueue {
  private readonly running = new Map<string, 'quick' | 'slow'>();
  /** By key, in the order of arrival. */
  private readonly waiting = new Map<string, Set<Waiting>>();

  /** @throws {TimedOut} if the work cannot begin before the deadline */
  async run<T>(keys: readonly string[], deadline: Deadline, work: () => Promise<T>): Promise<T> {
    await this.turn(keys, deadline);
    const timer = setTimeout(() => this.markSlow(keys), SLOW_MS);
    try {
      deadline.assertNotOver();
      return await work();
    } finally {
      clearTimeout(timer);
      this.end(keys);
    }
  }

  private end(keys: readonly string[]): void {
    for (const key of keys) this.running.delete(key);
    this.beginNext(keys);
  }

  private async turn(keys: readonly string[], deadline: Deadline): Promise<void> {
    const { promise, resolve: begin } = Promise.withResolvers<void>();
    const entry = { keys, begin };
    const isWaiting = (): boolean => keys.some((key) => this.waiting.get(key)?.has(entry));
    for (const key of keys) this.waiting.set(key, (this.waiting.get(key) ?? new Set()).add(entry));
    this.beginNext(keys);
    if (!isWaiting()) return;
    try {
      await deadline.bound(promise);
    } catch (error) {
      // Its turn can have come in the same moment.
      if (!isWaiting()) this.end(keys);
      this.remove(entry);
      this.beginNext(keys);
      throw error;
    }
  }

  /** Begins what is the next for all of its keys. */
  private beginNext(keys: readonly string[]): void {
    for (const key of keys) {
      const entry = this.nextFor(key);
      if (!entry?.keys.every((each) => !this.running.has(each) && this.nextFor(each) === entry)) continue;
      this.remove(entry);
      for (const each of entry.keys) this.running.set(each, 'quick');
      entry.begin();
    }
  }

  private nextFor(key: string): Waiting | undefined {
    for (const entry of this.waiting.get(key) ?? [])
      if (!entry.keys.some((each) => this.running.get(each) === 'slow')) return entry;
    return undefined;
  }

  private markSlow(keys: readonly string[]): void {
    for (const key of keys) this.running.set(key, 'slow');
    for (const key of keys) for (const entry of [...(this.waiting.get(key) ?? [])]) this.beginNext(entry.keys);
  }

  private remove(entry: Waiting): void {
    for (const key of entry.keys) {
      const entries = this.waiting.get(key);
      entries?.delete(entry);
      if (entries?.size === 0) this.waiting.delete(key);
    }
  }
}
