import type { EntityManager } from '@mikro-orm/postgresql';
import { afterEach, describe, expect, it } from '@jest/globals';
import { MOST_WAITERS, VersionWaiter } from './version-waiter.js';

const em = { fork: () => ({ find: () => Promise.resolve([]) }) } as unknown as EntityManager;
let waiter: VersionWaiter;
afterEach(() => waiter.beforeApplicationShutdown());

describe('requests that wait for a version', () => {
  it('when as many wait as may / a further one is answered at once, with the current state', async () => {
    waiter = new VersionWaiter(em);
    for (let id = 1; id <= MOST_WAITERS; id++) void waiter.until(id, 1, 60_000);
    let isAnswered = false;
    void waiter.until(0, 1, 60_000).then(() => (isAnswered = true));
    await new Promise(setImmediate);
    expect(isAnswered).toBe(true);
  });
});
