import type pg from 'pg';
import { LOGIN_CONTENT } from '../portal-logins/portal-login.entity.js';
import { compareProjection, contentOf, type Comparison } from './comparison.js';

const LOCK_TIMEOUT_MS = 10_000;

// Stops those who apply events; who signs in reads on.
const LOCK = `
  set local statement_timeout = 0;
  set local lock_timeout = ${LOCK_TIMEOUT_MS};
  lock table public.portal_login, public.consumer_offset in share row exclusive mode`;

const REMOVE = `
  delete from public.portal_login live
  where not removed and not exists (select from rebuild.portal_login rebuilt where rebuilt.contact_id = live.contact_id)`;

// Rows that are the same are left alone, and with them their sessions. Both session versions are positions of the event that last
// ended the sessions, so equal ones say that none did since; only where one version has two contents can nobody know who got in.
const TAKE_OVER = `
  insert into public.portal_login as live (contact_id, ${LOGIN_CONTENT.join(', ')}, session_version, synced_at)
  select contact_id, ${LOGIN_CONTENT.join(', ')}, session_version, clock_timestamp() from rebuild.portal_login
  on conflict (contact_id) do update set
    ${LOGIN_CONTENT.map((column) => `${column} = excluded.${column}`).join(', ')},
    session_version = case
      when live.version = excluded.version and live.session_version = excluded.session_version then -live.session_version
      else excluded.session_version end,
    synced_at = excluded.synced_at
  where ${contentOf('live')} is distinct from ${contentOf('excluded')}`;

const MOVE_OFFSETS = `
  insert into public.consumer_offset as live select * from rebuild.consumer_offset
  on conflict (topic, partition) do update set next_offset = excluded.next_offset where live.next_offset < excluded.next_offset`;

/**
 * Puts the projection in the place of the live logins, in one transaction.
 * @param catchUp applies to the projection what is on the topic by now: while the live ones stand still it can't fall behind them
 * @returns what the live logins were, compared with what they are now
 */
export async function swapProjection(database: pg.Client, catchUp: () => Promise<void>): Promise<Comparison> {
  await database.query('begin');
  try {
    await database.query(LOCK);
    await catchUp();
    const comparison = await compareProjection(database);
    for (const statement of [REMOVE, TAKE_OVER, MOVE_OFFSETS]) await database.query(statement);
    await database.query('commit');
    return comparison;
  } catch (error) {
    await database.query('rollback').catch(() => undefined);
    throw error;
  }
}
