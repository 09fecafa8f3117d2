import { setTimeout as delay } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';

/** A repair leaves room in the outbox for running gateways: it stays far below the bound at which they refuse changes. */
const MOST_ROWS = 10_000;
const LOOK_AGAIN_MS = 200;

/** Waits until the relay has published most of the outbox. */
export async function untilOutboxHasRoom(em: EntityManager, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const [held] = await query<{ rows: string }>(
      em.fork(),
      `select count(*) as rows from (select from outbox limit ${MOST_ROWS}) as held`,
    );
    if (Number(held!.rows) < MOST_ROWS) return;
    await delay(LOOK_AGAIN_MS, undefined, { signal });
  }
}
