import type pg from 'pg';

/** A column, or a rule of a table, as the catalog describes it. */
interface Column {
  type: string;
  mustBeGiven: boolean;
  isNullable: boolean;
}

/** What a release relies on in a database. */
export interface Schema {
  /** By `table.column`. */
  columns: ReadonlyMap<string, Column>;
  /** Constraints and unique indexes, as `table: definition`. */
  rules: ReadonlySet<string>;
}

const COLUMNS = `
  select c.relname || '.' || a.attname as name, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as "isNullable",
         a.attnotnull and not a.atthasdef and a.attidentity = '' as "mustBeGiven"
  from pg_class c join pg_attribute a on a.attrelid = c.oid
  where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped`;

const RULES = `
  select conrelid::regclass || ': ' || pg_get_constraintdef(oid) as rule from pg_constraint
  where connamespace = 'public'::regnamespace and contype <> 'n' and conrelid <> 0
  union
  select indrelid::regclass || ': ' || regexp_replace(pg_get_indexdef(indexrelid), '^.* USING ', 'UNIQUE ')
  from pg_index join pg_class c on c.oid = indrelid where indisunique and c.relnamespace = 'public'::regnamespace`;

/** Reads the schema of the tables in `public`. */
export async function readSchema(sql: pg.ClientBase): Promise<Schema> {
  const { rows: columns } = await sql.query<Column & { name: string }>(COLUMNS);
  const { rows: rules } = await sql.query<{ rule: string }>(RULES);
  return {
    columns: new Map(columns.map(({ name, ...column }) => [name, column])),
    rules: new Set(rules.map(({ rule }) => rule)),
  };
}

/** Why a release that was made for `former` cannot work on `current`. An added column that it need not write is no reason. */
export function breaksOf(former: Schema, current: Schema): string[] {
  const tables = new Set([...former.columns.keys()].map(tableOf));
  const kept = [...former.columns].flatMap(([name, before]) => {
    const now = current.columns.get(name);
    if (!now) return [`${name} is gone`];
    if (now.type !== before.type) return [`${name} was ${before.type}, is ${now.type}`];
    if (before.isNullable && !now.isNullable) return [`${name} takes no null any more`];
    return !before.mustBeGiven && now.mustBeGiven ? [`${name} has no default any more`] : [];
  });
  const added = [...current.columns]
    .filter(([name, { mustBeGiven }]) => !former.columns.has(name) && tables.has(tableOf(name)) && mustBeGiven)
    .map(([name]) => `${name} is new and must be given`);
  const rules = [...current.rules]
    .filter((rule) => !former.rules.has(rule) && tables.has(rule.split(': ')[0]!))
    .map((rule) => `a new rule: ${rule}`);
  return [...kept, ...added, ...rules];
}

const tableOf = (column: string): string => column.split('.')[0]!;
