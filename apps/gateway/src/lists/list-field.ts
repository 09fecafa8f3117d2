import { sql, type RawBuilder } from 'kysely';
import { foldCase } from '#app/contracts';

/** The type of a field's values, in a query and in the answer. */
export type ListFieldType = 'text' | 'integer' | 'time' | 'boolean';

/** A part of a statement. Names stand in it literally; every caller's value is bound. */
export type Fragment = RawBuilder<unknown>;

/** A field that a list is filtered and sorted by. */
export interface ListField {
  type: ListFieldType;
  /** The expression that filters compare and, unless `sortBy` differs, that sorts. */
  value: Fragment;
  /** A caller's value in the form of `value`. */
  operand: (value: string | number | boolean) => Fragment;
  /** Whether the value, as text, is like a pattern of LIKE. */
  like: (pattern: string) => Fragment;
  /** The expression that equality compares instead of `value`, and a caller's value in that form. */
  equal?: Pick<ListField, 'value' | 'operand'>;
  nullable: boolean;
  /** The one value that every row has. */
  constant?: string;
  /** For a value in other rows: the rows of which one must meet the condition. */
  within?: (condition: Fragment) => Fragment;
  /** Null: the field cannot sort. */
  sortBy?: Fragment | null;
}

/** The fields of a list by wire name. */
export type ListFields = ReadonlyMap<string, ListField>;

/** How a field differs from a plain column. */
export type ListTraits = Partial<Pick<ListField, 'nullable' | 'within' | 'sortBy'>>;

/** How a text differs from a plain column. */
export interface TextTraits extends ListTraits, Pick<ListField, 'equal'> {
  /** A folded text that contains this one: a search in both uses the other one's index. */
  partOf?: Fragment;
}

/**
 * Text in the form that is compared and sorted: without case, by Unicode's full case folding.
 * The collation is PostgreSQL's own: it and the indexes on this expression are the same on every cluster, whatever its locale.
 */
export const folded = (text: Fragment): Fragment => sql`casefold(${text} collate pg_unicode_fast)`;

/** Text that is compared without case. */
export function text(column: Fragment, { partOf, ...traits }: TextTraits = {}): ListField {
  const operand = (value: unknown): Fragment => folded(sql`${value}::text`);
  const value = folded(column);
  const searched = partOf ? [partOf, value] : [value];
  const like = (pattern: string): Fragment =>
    sql.join(
      searched.map((each) => sql`${each} like ${operand(pattern)}`),
      sql` and `,
    );
  return { type: 'text', value, operand, like, nullable: true, ...traits };
}

/** Text that is the same on every row. */
export const constant = (value: string): ListField => ({ ...text(sql`${value}::text`, { nullable: false }), constant: value });

/** Names of tags, from the column that holds their keys. Ranges compare code points; equality uses the column's index. */
export function tagNames(column: Fragment, traits: ListTraits = {}): ListField {
  const operand = (value: unknown): Fragment => sql`${foldCase(String(value))}::text`;
  const value = sql`${column} collate "C"`;
  return { type: 'text', value, operand, equal: { value: column, operand }, like: likeKey(column), nullable: true, ...traits };
}

/** In a key, a sigma that ends a word is another letter. A part does not tell where its word ends: any sigma finds either. */
const likeKey = (column: Fragment) => (pattern: string) => {
  const anySigma = foldCase(pattern).replaceAll('ς', 'σ');
  // The planner knows more about the bare column.
  const searched = anySigma.includes('σ') ? sql`replace(${column}, 'ς', 'σ')` : column;
  return sql`${searched} like ${anySigma}::text`;
};

const likeText = (text: Fragment, pattern: string): Fragment => sql`(${text})::text like ${pattern}::text`;

/** A whole number. */
export const integer = (column: Fragment, traits: ListTraits = {}): ListField => ({
  type: 'integer',
  value: column,
  operand: (value) => sql`${value}::bigint`,
  like: (pattern) => likeText(column, pattern),
  nullable: false,
  ...traits,
});

/** Milliseconds since 1970 as a time. By whole seconds: a double holds their microseconds exactly, and not those of each millisecond. */
const timeOf = (ms: number): Fragment =>
  sql`to_timestamp(${Math.trunc(ms / 1_000)}::float8) + ${ms % 1_000} * interval '1 millisecond'`;

/** An instant; an operand is given in milliseconds since 1970, with microseconds as their fraction. */
export const time = (column: Fragment, traits: ListTraits = {}): ListField => ({
  type: 'time',
  value: column,
  operand: (value) => timeOf(Number(value)),
  like: (pattern) =>
    sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') like ${pattern.toUpperCase()}::text`,
  nullable: false,
  ...traits,
});

/** An instant of the database's clock: it is compared as answers show it, to the millisecond. */
export const clockTime = (column: Fragment, traits: ListTraits = {}): ListField =>
  time(sql`date_trunc('milliseconds', ${column})`, traits);

/** True if the condition holds, else false. */
export const boolean = (condition: Fragment): ListField => ({
  type: 'boolean',
  value: condition,
  operand: (value) => sql`${value}::boolean`,
  like: (pattern) => likeText(condition, pattern),
  nullable: false,
});
