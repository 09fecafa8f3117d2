import type { EntityManager } from '@mikro-orm/postgresql';
import type { Outbox } from '#app/messaging';
import { query } from '#app/postgres';
import type { TaskRun } from '#app/terminal';
import { repairOrigin } from './repair-origin.js';
import { republishLogins } from './republish-logins.js';

const LOGINS_AT_ONCE = 1_000;

export interface RemarkResult {
  published: number;
  /** `ce_correlationid` of the published records. */
  requestId: string;
}

/** Publishes every login again with its next version: the relay marks its records. Sessions go on. */
export async function remarkLogins(em: EntityManager, outbox: Outbox, run: TaskRun): Promise<RemarkResult> {
  const origin = repairOrigin('remark');
  const total = await countLogins(em);
  let published = 0;
  for (let last = 0; ;) {
    const contactIds = await loginsAfter(em, last);
    if (contactIds.length === 0) return { published, requestId: origin.requestId };
    last = contactIds.at(-1)!;
    const progress = ({ done }: { done: number }): void => run.progress({ done: Math.min(published + done, total), total });
    const logins = contactIds.map((contactId) => ({ contactId, above: 0, existed: true }));
    published += await republishLogins({ em, outbox, origin }, logins, { ...run, progress });
  }
}

async function countLogins(em: EntityManager): Promise<number> {
  const [row] = await query<{ logins: string }>(em.fork(), 'select count(*) as logins from portal_login');
  return Number(row!.logins);
}

async function loginsAfter(em: EntityManager, last: number): Promise<number[]> {
  const rows = await query<{ id: string }>(
    em.fork(),
    `select contact_id as id from portal_login where contact_id > $1 order by contact_id limit ${LOGINS_AT_ONCE}`,
    [last],
  );
  return rows.map(({ id }) => Number(id));
}
