import type pg from 'pg';
import type { RecentRows } from './recent-rows.js';

/** An outbox row without its contents. */
export interface WaitingRow {
  id: number;
  topic: string;
  key: string;
  /** Size of its payload. */
  bytes: number;
}

export type ChooseRows = (rows: readonly WaitingRow[]) => WaitingRow[];

/** An outbox row to publish. */
export interface PendingRow extends Omit<WaitingRow, 'bytes'> {
  headers: Record<string, string>;
  payload: string | null;
}

/** Most rows of one pass: with a thousand a row costs a tenth less, and the buffers of the requests take 50 MB more. */
export const PASS_ROWS = 250;
/** Rows of one look for those that are not left out. */
const LOOK_ROWS = 2_000;
/** Most bytes of one pass, unless its only row is larger. */
const PASS_BYTES = 4 * 1024 * 1024;
/** Room for a record's key, headers and lengths. */
export const OVERHEAD_BYTES = 1_024;

interface Found extends Omit<WaitingRow, 'id'> {
  id: string;
}

type Contents = Pick<PendingRow, 'headers' | 'payload'> & Pick<Found, 'id'>;

// Sizes are read before payloads. To add them up there would store each row once more.
const COLUMNS = `id, topic, key, octet_length(coalesce(payload, '')) as bytes`;
const NEXT = `select ${COLUMNS} from outbox where id > $1::bigint order by id limit ${PASS_ROWS}`;
const SOME = `select ${COLUMNS} from outbox where id > $1::bigint order by id limit ${LOOK_ROWS}`;
const CONTENTS = 'select id, headers, payload from outbox where id = any($1::bigint[])';

/** The oldest committed rows above an id. */
export async function nextRows(session: pg.Client, above: number): Promise<WaitingRow[]> {
  return rowsOf(await session.query<Found>({ name: 'outbox-next', text: NEXT, values: [above] }));
}

/**
 * The first of the committed rows above an id that are wanted. Each statement reads a few rows, however many wait that are not: the
 * session must answer in time.
 */
export async function wantedRows(session: pg.Client, above: number, choose: ChooseRows): Promise<WaitingRow[]> {
  for (let from = above; ;) {
    const rows = rowsOf(await session.query<Found>({ name: 'outbox-some', text: SOME, values: [from] }));
    const wanted = choose(rows);
    if (wanted.length > 0 || rows.length < LOOK_ROWS) return wanted.slice(0, PASS_ROWS);
    from = rows.at(-1)!.id;
  }
}

/** As many of the rows, from the first on, as fit one pass. */
export function fitting(rows: readonly WaitingRow[]): WaitingRow[] {
  let left = PASS_BYTES;
  const end = rows.findIndex(({ bytes }, index) => (left -= bytes + OVERHEAD_BYTES) < 0 && index > 0);
  return end < 0 ? [...rows] : rows.slice(0, end);
}

/** The rows with their contents: what this process recorded a moment ago is not read again. Rows that are deleted meanwhile are left out. */
export async function withContents(session: pg.Client, rows: readonly WaitingRow[], recent: RecentRows): Promise<PendingRow[]> {
  const known = rows.map((row) => recent.find(row));
  const ids = rows.filter((_, index) => !known[index]).map(({ id }) => id);
  if (ids.length === 0) return known as PendingRow[];
  const read = await session.query<Contents>({ name: 'outbox-contents', text: CONTENTS, values: [ids] });
  const contents = new Map<number, Contents>();
  for (const row of read.rows.splice(0)) contents.set(Number(row.id), row);
  return rows.flatMap(({ id, topic, key }, index) => {
    const row = contents.get(id);
    return known[index] ?? (row ? { ...row, id, topic, key } : []);
  });
}

/**
 * Takes the rows out of the result. V8 notices that results of this size often outlive a collection of the young generation, and allocates
 * them in the old one from then on: there they would keep their rows until a full collection.
 */
const rowsOf = ({ rows }: pg.QueryResult<Found>): WaitingRow[] => rows.splice(0).map((row) => ({ ...row, id: Number(row.id) }));
