import type pg from 'pg';
import { LOGIN_CONTENT } from '../portal-logins/portal-login.entity.js';
import { compareProjection, contentOf, type Comparison } from './comparison.js';

const LOCK_TIMEOUT_MS = 10_000;

// Stops the consumers that apply events; sign-ins still read.
const LOCK = `
  set local statement_timeout = 0;
  set local lock_timeout = ${LOCK_TIMEOUT_MS};
  lock table portal_login in share row exclusive mode`;

const REMOVE = `
  delete from portal_login live
  where not removed and not exists (select from rebuild.portal_login rebuilt where rebuilt.contact_id = live.contact_id)`;

// Equal rows stay, and so do their sessions. Both session versions are positions of the event that last ended the sessions:
// equal ones mean that no later event ended them. If one version has two contents, the sessions are not trusted, and never again: the
// session version becomes one that is no position and that no session has.
const TAKE_OVER = `
  insert into portal_login as live (contact_id, ${LOGIN_CONTENT.join(', ')}, session_version, synced_at)
  select contact_id, ${LOGIN_CONTENT.join(', ')}, session_version, clock_timestamp() from rebuild.portal_login
  on conflict (contact_id) do update set
    ${LOGIN_CONTENT.map((column) => `${column} = excluded.${column}`).join(', ')},
    session_version = case
      when live.session_version < 0 or live.version = excluded.version and live.session_version = excluded.session_version
        then -(extract(epoch from clock_timestamp()) * 1000)::bigint
      else excluded.session_version end,
    synced_at = excluded.synced_at
  where ${contentOf('live')} is distinct from ${contentOf('excluded')}`;

/**
 * Replaces the live logins by the projection, in one transaction. The live offsets stay: the consumer skips what it reads again, and makes
 * dead letters of what can never be applied.
 * @param catchUp applies the topic's latest records to the projection: the live logins cannot change, so it catches up
 * @returns how the former live logins differ from the new ones
 */
export async function swapProjection(database: pg.Client, catchUp: () => Promise<void>): Promise<Comparison> {
  await database.query('begin');
  try {
    await database.query(LOCK);
    await catchUp();
    const comparison = await compareProjection(database);
    for (const statement of [REMOVE, TAKE_OVER]) await database.query(statement);
    await database.query('commit');
    return comparison;
  } catch (error) {
    await database.query('rollback').catch(() => undefined);
    throw error;
  }
}
