import type pg from 'pg';

/** An outbox row as the relay reads it. */
export interface PendingRow {
  id: number;
  topic: string;
  key: string;
  headers: Record<string, string>;
  payload: string | null;
}

/** Most rows of one pass: with a thousand a row costs a tenth less, and the buffers of the requests take 50 MB more. */
export const PASS_ROWS = 250;
/** Most bytes of one pass, unless its only row is larger: sizes are read before payloads. */
const PASS_BYTES = 4 * 1024 * 1024;
/** Room for a record's key, headers and lengths. */
export const OVERHEAD_BYTES = 1_024;

/** Rows to leave out, by topic and key and by topic. */
export interface LeftOut {
  topics: readonly string[];
  /** Topic and key at the same index. */
  keys: { topics: readonly string[]; keys: readonly string[] };
}

type Found = Omit<PendingRow, 'id'> & { id: string };

/** The size of a payload is read without the payload. */
const withinBytes = (oldest: string): string => `
  select id, topic, key, headers, payload
    from (select *, row_number() over in_order as number, sum(octet_length(coalesce(payload, '')) + ${OVERHEAD_BYTES}) over in_order as bytes
            from (${oldest}) as oldest
          window in_order as (order by id rows unbounded preceding)) as sized
   where number = 1 or bytes <= ${PASS_BYTES}
   order by id`;

const NEXT = withinBytes(
  `select id, topic, key, headers, payload from outbox where id > $1::bigint order by id limit ${PASS_ROWS}`,
);
const ofKeys = `(select from unnest($1::text[], $2::text[]) as named (topic, key) where named.topic = outbox.topic and named.key = outbox.key)`;
const NEXT_BUT = withinBytes(`select id, topic, key, headers, payload from outbox
   where not exists ${ofKeys} and topic <> all($3::text[]) order by id limit ${PASS_ROWS}`);
const NEXT_OF = withinBytes(`select id, topic, key, headers, payload from outbox
   where exists ${ofKeys} or topic = any($3::text[]) order by id limit ${PASS_ROWS}`);

/** The oldest committed rows above an id, as many as fit one pass. */
export async function nextRows(session: pg.Client, above: number): Promise<PendingRow[]> {
  return rowsOf(await session.query<Found>({ name: 'outbox-next', text: NEXT, values: [above] }));
}

/** The oldest committed rows without those that are left out. */
export async function nextRowsBut(session: pg.Client, { topics, keys }: LeftOut): Promise<PendingRow[]> {
  return rowsOf(await session.query<Found>(NEXT_BUT, [keys.topics, keys.keys, topics]));
}

/** The oldest committed rows among those that are left out. */
export async function nextRowsOf(session: pg.Client, { topics, keys }: LeftOut): Promise<PendingRow[]> {
  return rowsOf(await session.query<Found>(NEXT_OF, [keys.topics, keys.keys, topics]));
}

/**
 * Takes the rows out of the result. V8 notices that results of this size often outlive a collection of the young generation, and allocates
 * them in the old one from then on: there they would keep their rows until a full collection.
 */
const rowsOf = ({ rows }: pg.QueryResult<Found>): PendingRow[] => rows.splice(0).map((row) => ({ ...row, id: Number(row.id) }));
