import { VERSION } from '#app/settings';
import type pg from 'pg';
import { Refused } from '../events.errors.js';
import { pseudonymised, type DumpedDatabase, type DumpedTable } from './dump-tables.js';
import type { KeyedPseudonyms } from './keyed-pseudonyms.js';

/** Rows of one read, and of one statement of the dump. */
const SLICE = 500;

const COLUMNS = `
  select table_name as "table", column_name as "column", is_identity = 'YES' as "isIdentity"
  from information_schema.columns
  where table_schema = current_schema() and table_name <> 'mikro_orm_migrations'`;

interface Column {
  table: string;
  column: string;
  isIdentity: boolean;
}

export interface Dumped {
  rows: number;
}

/** The greatest position that was dumped. The sequence itself may be read by fewer than its numbers. */
export interface Positions {
  greatest: number;
}

interface DumpParts {
  database: pg.Client;
  dumped: DumpedDatabase;
  pseudonyms: KeyedPseudonyms;
  /** Of the databases that were dumped before this one. */
  positions: Positions;
  /** Grows with each row. */
  count: Dumped;
  /** Of the app. */
  name: string;
}

/** The SQL of a dump, of one moment. @throws {Refused} where the database has a column that no rule names */
export async function* dumpedLines({
  database,
  dumped,
  pseudonyms,
  positions,
  count,
  name,
}: DumpParts): AsyncGenerator<string, void> {
  await database.query('begin isolation level repeatable read read only');
  const { rows: columns } = await database.query<Column>(COLUMNS);
  const unknown = unknownColumns(dumped, columns);
  if (unknown.length > 0) throw new Refused(`Not known to this release, so nothing could be replaced: ${unknown.join(', ')}.`);
  yield `-- ${name} of contact-sync ${VERSION}, without personal data. On an empty database that its set-up has migrated, without API_TOKEN:\n`;
  yield `-- psql --set ON_ERROR_STOP=1 --file ${name}.sql\nbegin;\n`;
  for (const table of dumped.tables) {
    for await (const rows of slicesOf(database, table)) {
      count.rows += rows.length;
      yield insertOf(
        table,
        rows.map((row) => pseudonymised(table, row, pseudonyms)),
      );
    }
    for (const { column } of columns.filter((each) => each.table === table.table && each.isIdentity))
      yield `select setval(pg_get_serial_sequence('${table.table}', '${column}'), max(${column})) from ${table.table} having max(${column}) > 0;\n`;
  }
  if (dumped.positions) positions.greatest = await greatestPosition(database, dumped.positions);
  if (dumped.drawsPositions && positions.greatest > 0)
    yield `select setval('${dumped.drawsPositions}', ${positions.greatest});\n`;
  yield 'commit;\n';
  await database.query('commit');
}

/** Columns that the rules do not name. */
export function unknownColumns({ tables, leftOut }: DumpedDatabase, columns: readonly Omit<Column, 'isIdentity'>[]): string[] {
  const known = new Set(
    tables.flatMap(({ table, kept, replaced }) => [...kept, ...Object.keys(replaced)].map((column) => `${table}.${column}`)),
  );
  return columns
    .filter(({ table }) => !leftOut.includes(table))
    .map(({ table, column }) => `${table}.${column}`)
    .filter((each) => !known.has(each));
}

async function* slicesOf(database: pg.Client, { table }: DumpedTable): AsyncGenerator<Record<string, unknown>[], void> {
  await database.query(`declare dumped no scroll cursor for select to_jsonb(r) as row from ${table} r`);
  for (;;) {
    const { rows } = await database.query<{ row: Record<string, unknown> }>(`fetch ${SLICE} from dumped`);
    if (rows.length === 0) break;
    yield rows.map(({ row }) => row);
  }
  await database.query('close dumped');
}

async function greatestPosition(database: pg.Client, table: string): Promise<number> {
  const { rows } = await database.query<{ position: string }>(`select coalesce(max(position), 0) as position from ${table}`);
  return Number(rows[0]!.position);
}

function insertOf({ table, kept, replaced }: DumpedTable, rows: readonly object[]): string {
  const columns = [...kept, ...Object.keys(replaced)].join(', ');
  const json = JSON.stringify(rows).replaceAll("'", "''");
  return `insert into ${table} (${columns}) overriding system value\n  select ${columns} from jsonb_populate_recordset(null::${table}, '${json}');\n`;
}
