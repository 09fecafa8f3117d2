import type pg from 'pg';
import { LOGIN_CONTENT } from '../portal-logins/portal-login.entity.js';

/** How the live logins differ from those of the topic. */
export interface Comparison {
  same: number;
  /** The live one is older, for instance because a record was not applied yet. */
  older: number;
  /** The live one has a greater version than the topic's. */
  newer: number;
  /** The versions are equal, the contents differ. */
  different: number;
  /** Only on the topic. */
  missing: number;
  /** Only live: a removal was missed, or the logins came from another topic. */
  unknown: number;
}

/** The content of a table's row, for a comparison. */
export const contentOf = (table: string): string => `(${LOGIN_CONTENT.map((column) => `${table}.${column}`).join(', ')})`;

// A removed login's row is a guard: if both say "removed", or one lacks the row, that is no difference.
const COMPARE = `
  select
    count(*) filter (where both_there and not differs) as same,
    count(*) filter (where both_there and differs and rebuilt_version > live_version) as older,
    count(*) filter (where both_there and differs and rebuilt_version < live_version) as newer,
    count(*) filter (where both_there and differs and rebuilt_version = live_version) as different,
    count(*) filter (where live_version is null and not rebuilt_removed) as missing,
    count(*) filter (where rebuilt_version is null and not live_removed) as unknown
  from (
    select live.version as live_version, live.removed as live_removed,
      rebuilt.version as rebuilt_version, rebuilt.removed as rebuilt_removed,
      live.version is not null and rebuilt.version is not null as both_there,
      not (live.removed and rebuilt.removed) and ${contentOf('live')} is distinct from ${contentOf('rebuilt')} as differs
    from portal_login live full join rebuild.portal_login rebuilt using (contact_id)) as pairs`;

/** Compares the projection with the live logins, as both are now. */
export async function compareProjection(database: pg.Client): Promise<Comparison> {
  const { rows } = await database.query<Record<keyof Comparison, string>>(COMPARE);
  const { same, older, newer, different, missing, unknown } = rows[0]!;
  return {
    same: Number(same),
    older: Number(older),
    newer: Number(newer),
    different: Number(different),
    missing: Number(missing),
    unknown: Number(unknown),
  };
}
