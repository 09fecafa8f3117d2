import { sql, type RawBuilder } from 'kysely';
import { conditionOf } from './list-conditions.js';
import type { Fragment } from './list-field.js';
import type { ListSortKey, ListSpec } from './list-query.js';

/** Where the rows of a list come from. */
export interface ListSource {
  /** The table with the alias that fields refer to it by. */
  from: Fragment;
  /** The column of the id, which breaks ties. */
  id: Fragment;
  /** How many rows there are without a filter. */
  total: Fragment;
}

/** What {@link listStatement} answers. */
export interface ListRow {
  /** Of all pages. */
  total: string;
  /** Of the rows on the page, in their order. */
  ids: string[];
}

/**
 * The one statement that finds a page: how many rows there are, and which of them it shows.
 *
 * Filters are met once, for both: the rows that are found have all to be counted anyway, and the planner is kept from the plan
 * that walks the whole table in the page's order in the hope of an early end.
 */
export function listStatement(source: ListSource, spec: ListSpec): RawBuilder<ListRow> {
  const condition = conditionOf(spec.filters);
  const keys = sortKeys(spec.sort);
  const limit = sql`limit ${spec.perPage} offset ${(spec.page - 1) * spec.perPage}`;
  if (!condition) {
    const order = keys.map((key) => ordered(key, key.field.sortBy ?? key.field.value));
    return sql`select ${source.total} as total,
      array(select ${source.id} from ${source.from} order by ${sql.join([...order, source.id])} ${limit}) as ids`;
  }
  const names = keys.map((_, index) => sql.ref(`key_${index}`));
  const columns = keys.map(({ field }, index) => sql`${field.sortBy ?? field.value} as ${names[index]!}`);
  const order = keys.map((key, index) => ordered(key, names[index]!));
  return sql`with found as materialized
      (select ${sql.join([sql`${source.id} as id`, ...columns])} from ${source.from} where ${condition})
    select (select count(*) from found) as total,
      array(select id from found order by ${sql.join([...order, sql`id`])} ${limit}) as ids`;
}

/** What is named after the id, or again, decides nothing. */
function sortKeys(sort: readonly ListSortKey[]): ListSortKey[] {
  const names = sort.map(({ name }) => name);
  const end = names.indexOf('id');
  return sort.slice(0, end === -1 ? sort.length : end + 1).filter(({ name }, index) => names.indexOf(name) === index);
}

/** Nulls come last both ways. Where there are none it is not said: an index can then be read backwards. */
const ordered = ({ field, descending }: ListSortKey, value: Fragment): Fragment =>
  descending ? sql`${value} desc${field.nullable ? sql` nulls last` : sql``}` : value;
