import { sql, type RawBuilder } from 'kysely';
import { foldCase } from '#app/contracts';

/** What the values of a field are, in a query and in the answer. */
export type ListFieldType = 'text' | 'integer' | 'time' | 'boolean';

/** A part of a statement. Names stand in it as they are; whatever a caller sent is bound. */
export type Fragment = RawBuilder<unknown>;

/** A field that a list is filtered and sorted by. */
export interface ListField {
  type: ListFieldType;
  /** What is compared with an operand and, unless `sortBy` says otherwise, what is sorted by. */
  value: Fragment;
  /** A caller's value in the form that `value` has. */
  operand: (value: string | number | boolean) => Fragment;
  /** The value as text, in the form that `pattern` has. */
  searched: Fragment;
  /** A LIKE pattern that is looked for in `searched`. */
  pattern: (pattern: string) => Fragment;
  /** What equality compares in place of `value`, and a caller's value in that form. */
  equal?: Pick<ListField, 'value' | 'operand'>;
  /** A text that `searched` is a part of: what is looked for in both is found by the other's index. */
  partOf?: Fragment;
  nullable: boolean;
  /** The one value that every row has. */
  constant?: string;
  /** For a value that stands in other rows: the rows of which one has to meet the condition. */
  within?: (condition: Fragment) => Fragment;
  /** Null: it can't be sorted by. */
  sortBy?: Fragment | null;
}

/** The fields of a list by the names they have on the wire. */
export type ListFields = ReadonlyMap<string, ListField>;

/** How a field differs from the plain column of a row. */
export type ListTraits = Partial<Pick<ListField, 'nullable' | 'within' | 'sortBy' | 'partOf' | 'equal'>>;

/**
 * Text in the form in which it is compared and sorted: without case, by Unicode's full case folding.
 * The collation is PostgreSQL's own, the same on every cluster whatever its locale is, and so are the indexes on this expression.
 */
export const folded = (text: Fragment): Fragment => sql`casefold(${text} collate pg_unicode_fast)`;

/** Text that is compared without case. */
export function text(column: Fragment, traits: ListTraits = {}): ListField {
  const operand = (value: unknown): Fragment => folded(sql`${value}::text`);
  const value = folded(column);
  return { type: 'text', value, operand, searched: value, pattern: operand, nullable: true, ...traits };
}

/** Text that is the same on every row. */
export const constant = (value: string): ListField => ({ ...text(sql`${value}::text`, { nullable: false }), constant: value });

/** Names of tags, from the column that holds their keys. */
export function tagNames(column: Fragment, traits: ListTraits = {}): ListField {
  const operand = (value: unknown): Fragment => sql`${foldCase(String(value))}::text`;
  return { type: 'text', value: column, operand, searched: column, pattern: operand, nullable: true, ...traits };
}

/** A whole number. */
export const integer = (column: Fragment, traits: ListTraits = {}): ListField => ({
  type: 'integer',
  value: column,
  operand: (value) => sql`${value}::bigint`,
  searched: sql`(${column})::text`,
  pattern: (pattern) => sql`${pattern}::text`,
  nullable: false,
  ...traits,
});

/** An instant; an operand is given in milliseconds since 1970. */
export const time = (column: Fragment, traits: ListTraits = {}): ListField => ({
  type: 'time',
  value: column,
  operand: (value) => sql`to_timestamp(${value}::float8 / 1000)`,
  searched: sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
  pattern: (pattern) => sql`${pattern.toUpperCase()}::text`,
  nullable: false,
  ...traits,
});

/** True where the condition holds, else false. */
export const boolean = (condition: Fragment): ListField => ({
  type: 'boolean',
  value: condition,
  operand: (value) => sql`${value}::boolean`,
  searched: sql`(${condition})::text`,
  pattern: (pattern) => sql`${pattern}::text`,
  nullable: false,
});
