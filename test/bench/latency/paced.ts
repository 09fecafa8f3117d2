import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '../connection.js';

/** So many pieces of work are begun at a fixed rate. */
export interface Pace {
  perSecond: number;
  count: number;
}

/** Begins work at a fixed rate, whether or not earlier work has ended. */
export async function paced({ perSecond, count }: Pace, work: (n: number) => Promise<void>): Promise<void> {
  const began = performance.now();
  const all: Promise<void>[] = [];
  for (let n = 0; n < count; n++) {
    const dueMs = began + (n * 1_000) / perSecond - performance.now();
    if (dueMs > 0) await sleep(dueMs);
    const one = work(n);
    // Awaited at the end; until then a failure must not end the process.
    one.catch(() => undefined);
    all.push(one);
  }
  await Promise.all(all);
}

/** Connections that each piece of work borrows; work that finds none free gets a new one. */
export class Connections {
  private readonly free: Connection[] = [];

  constructor(private readonly port: number) {}

  async borrow<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = this.free.pop() ?? (await Connection.open(this.port));
    const result = await work(connection);
    this.free.push(connection);
    return result;
  }

  close(): void {
    for (const connection of this.free) connection.close();
  }
}
