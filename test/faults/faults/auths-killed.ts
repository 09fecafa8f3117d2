import { setTimeout as sleep } from 'node:timers/promises';
import type { System } from '../system/system.js';

const SESSIONS_END_MS = 30_000;

/** Kills the auth apps, changes what they have left, and starts them. */
export async function withAuthsKilled(system: System, change: () => Promise<unknown>): Promise<void> {
  await Promise.all(system.auths.map(({ app }) => app.kill()));
  await untilSessionsEnd(system);
  await change();
  await system.startApps();
}

/** Trap: PostgreSQL finishes the statement of a killed client, and could write into what is changed next. */
async function untilSessionsEnd({ sql }: System): Promise<void> {
  const open = `select from pg_stat_activity where datname = current_database() and application_name like 'contact-sync %'`;
  for (const end = Date.now() + SESSIONS_END_MS; (await sql.auth.query(open)).rowCount !== 0; await sleep(20))
    if (Date.now() > end) throw new Error('Sessions of killed auth apps did not end.');
}
