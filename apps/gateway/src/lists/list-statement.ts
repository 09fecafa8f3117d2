import { sql, type RawBuilder } from 'kysely';
import { conditionOf } from './list-conditions.js';
import type { Fragment } from './list-field.js';
import type { ListSortKey, ListSpec } from './list-query.js';

/** The source of a list's rows. */
export interface ListSource {
  /** The table with the alias that fields use. */
  from: Fragment;
  /** The column of the id, which breaks ties. */
  id: Fragment;
  /** The number of rows without a filter. */
  total: Fragment;
}

/** The result of {@link listStatement}. */
interface ListRow {
  /** The number of rows on all pages. */
  total: string;
  /** Ids of the page's rows, in order. */
  ids: string[];
}

/**
 * The one statement that finds a page: the total, and the ids of the page.
 *
 * Filters are evaluated once, for both: all matching rows have to be counted anyway, and the planner cannot choose to walk
 * the whole table in the page's order in the hope of an early end.
 */
export function listStatement(source: ListSource, spec: ListSpec): RawBuilder<ListRow> {
  const condition = conditionOf(spec.filters);
  const keys = sortKeys(spec.sort);
  const limit = sql`limit ${spec.perPage} offset ${(spec.page - 1) * spec.perPage}`;
  if (condition) {
    const found = sql`select ${columnsOf(source, keys)} from ${source.from} where ${condition}`;
    return pageOf(found, { total: sql`(select count(*) from found)`, keys, limit });
  }
  const [first] = keys;
  if (first?.descending && first.field.nullable && !first.field.sortBy)
    return pageOf(backwards(source, keys, spec.page * spec.perPage), { total: source.total, keys, limit });
  const order = [...keys.map((key) => ordered(key, sortedBy(key))), source.id];
  return sql`select ${source.total} as total,
    array(select ${source.id} from ${source.from} order by ${sql.join(order)} ${limit}) as ids`;
}

interface Page {
  total: Fragment;
  keys: readonly ListSortKey[];
  limit: Fragment;
}

/** A page of rows that are found together with their sort keys. */
function pageOf(found: Fragment, { total, keys, limit }: Page): RawBuilder<ListRow> {
  const order = [...keys.map((key, index) => ordered(key, keyName(index))), sql`id`];
  return sql`with found as materialized (${found})
    select ${total} as total, array(select id from found order by ${sql.join(order)} ${limit}) as ids`;
}

/** The rows up to the page's end. No index puts nulls last both ways: rows without a value are read separately. */
function backwards(source: ListSource, keys: readonly ListSortKey[], end: number): Fragment {
  const value = sortedBy(keys[0]!);
  const others = keys.slice(1).map((key) => ordered(key, sortedBy(key)));
  const part = (condition: Fragment, order: Fragment[]): Fragment =>
    sql`(select ${columnsOf(source, keys)} from ${source.from} where ${condition}
      order by ${sql.join([...order, source.id])} limit ${end})`;
  return sql`${part(sql`${value} is not null`, [sql`${value} desc`, ...others])} union all ${part(sql`${value} is null`, others)}`;
}

const columnsOf = ({ id }: ListSource, keys: readonly ListSortKey[]): Fragment =>
  sql.join([sql`${id} as id`, ...keys.map((key, index) => sql`${sortedBy(key)} as ${keyName(index)}`)]);

const keyName = (index: number): Fragment => sql.ref(`key_${index}`);

const sortedBy = ({ field }: ListSortKey): Fragment => field.sortBy ?? field.value;

/** Fields after the id, and repeated ones, decide nothing. */
function sortKeys(sort: readonly ListSortKey[]): ListSortKey[] {
  const names = sort.map(({ name }) => name);
  const end = names.indexOf('id');
  return sort.slice(0, end === -1 ? sort.length : end + 1).filter(({ name }, index) => names.indexOf(name) === index);
}

/** Nulls come last both ways. A column without nulls leaves this out: an index can then be read backwards. */
const ordered = ({ field, descending }: ListSortKey, value: Fragment): Fragment =>
  descending ? sql`${value} desc${field.nullable ? sql` nulls last` : sql``}` : value;
