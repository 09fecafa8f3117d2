import { setTimeout as delay } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';
import { counted, type TaskRun } from '#app/terminal';

/** A repair leaves room in the outbox for running gateways: it stays far below the bound at which they refuse changes. */
const MOST_ROWS = 10_000;
const LOOK_AGAIN_MS = 200;
/** A relay at work makes room sooner. */
const TELL_AFTER_MS = 5_000;
const FULL = `${counted(MOST_ROWS, 'event')} wait in the outbox: this waits until a gateway publishes them. Is one running, and does Kafka answer?`;

/** Waits until the relay has published most of the outbox; tells once where that takes long. */
export async function untilOutboxHasRoom(em: EntityManager, { signal, note }: Pick<TaskRun, 'signal' | 'note'>): Promise<void> {
  const tellAt = performance.now() + TELL_AFTER_MS;
  for (let isTold = false; ;) {
    signal.throwIfAborted();
    const [held] = await query<{ rows: string }>(
      em.fork(),
      `select count(*) as rows from (select from outbox limit ${MOST_ROWS}) as held`,
    );
    if (Number(held!.rows) < MOST_ROWS) return;
    if (!isTold && performance.now() > tellAt) {
      note(FULL);
      isTold = true;
    }
    await delay(LOOK_AGAIN_MS, undefined, { signal });
  }
}
