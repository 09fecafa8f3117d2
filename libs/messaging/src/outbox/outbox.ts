import {
  joinedList,
  listIn,
  query,
  send,
  StatementTransaction,
  type PreparedStatement,
  type StatementRunner,
} from '#app/postgres';
import type { RecordedRow, RecordedRows } from './recent-rows.js';
import { encodeEvent, eventDataDefects, topicOf, type ContactSyncEvent, type EventRecord } from '#app/contracts';

/** An outbox record before it has its id. */
export type OutboxDraft = ContactSyncEvent | EventRecord | ((position: number) => ContactSyncEvent);

/** Largest record value in bytes: the topics' limit, less room for headers and key. */
export const MAX_PAYLOAD_BYTES = 2 * 1024 * 1024 - 64 * 1024;

/** An event that must not be published, because its data breaks its schema or it is too large. A defect of the code that built it. */
export class InvalidOutboxEvent extends Error {
  override readonly name = 'InvalidOutboxEvent';
}

/** What was recorded, as events and as rows. */
export interface Recorded extends RecordedRows {
  events: readonly ContactSyncEvent[];
}

interface OutboxOptions {
  topicPrefix: string;
  /** Whether each event is validated against its schema before it is recorded. */
  validate: boolean;
}

const COLUMNS = (from: number) => `${listIn(from)}, ${listIn(from + 1)}, ${listIn(from + 2)}::jsonb[], ${listIn(from + 3)}`;

const INSERT: PreparedStatement = {
  name: 'outbox-insert',
  text: `insert into outbox (topic, key, headers, payload) select * from unnest(${COLUMNS(1)}) returning id`,
};
const INSERT_WITH_IDS: PreparedStatement = {
  name: 'outbox-insert-ids',
  text: `insert into outbox (id, topic, key, headers, payload) select * from unnest($1::bigint[], ${COLUMNS(2)})`,
};

/** Records events in the transaction of their change. */
export class Outbox {
  /** Full names, made once: one text for all rows. */
  private readonly topics = new Map<EventRecord['topic'], string>();

  constructor(private readonly options: OutboxOptions) {}

  /**
   * Records drafts in the given order; the relay publishes them after the commit.
   *
   * Call it only under the lock of the changed rows, after everything else was flushed: the ids are drawn here, so that for each key
   * they grow in commit order. A draft that is a function gets its id as position.
   * @returns the recorded events, and the rows, which the relay can publish after the commit without reading them
   */
  async record(runner: StatementRunner, drafts: readonly OutboxDraft[]): Promise<Recorded> {
    if (!isInTransaction(runner)) throw new Error('The outbox must be written in the transaction of the change.');
    if (drafts.length === 0) return { events: [], rows: [], ids: [] };
    // If no event contains its position, the database assigns the ids in the same statement: one round trip less.
    const ids = drafts.some((draft) => typeof draft === 'function') ? await drawIds(runner, drafts.length) : undefined;
    const entries = drafts.map((draft, index) => (typeof draft === 'function' ? draft(ids![index]!) : draft));
    const rows = entries.map((entry) => this.rowOf(entry));
    const recorded: Recorded = { events: entries.filter((entry) => 'name' in entry), rows, ids: ids ?? [] };
    if (ids) await send(runner, INSERT_WITH_IDS, [ids, ...columnsOf(rows)]);
    else await insert(runner, recorded);
    return recorded;
  }

  private rowOf(draft: ContactSyncEvent | EventRecord): RecordedRow {
    const isEvent = 'name' in draft;
    const { topic, key, headers, value } = isEvent ? this.encode(draft) : draft;
    const stored = isEvent ? headers : inStoredOrder(headers);
    return { topic: this.fullName(topic), key, headers: stored, payload: value };
  }

  private fullName(topic: EventRecord['topic']): string {
    const known = this.topics.get(topic) ?? topicOf(topic, this.options.topicPrefix);
    this.topics.set(topic, known);
    return known;
  }

  private encode(event: ContactSyncEvent): EventRecord {
    const defects = this.options.validate ? eventDataDefects(event.name, event.data) : [];
    if (defects.length > 0) throw new InvalidOutboxEvent(`${event.name} ${defects.join('; ')}`);
    const record = encodeEvent(event);
    if (Buffer.byteLength(record.value ?? '') > MAX_PAYLOAD_BYTES) throw new InvalidOutboxEvent(`${event.name} is too large.`);
    return record;
  }
}

async function drawIds(runner: StatementRunner, count: number): Promise<number[]> {
  const rows = await query<{ id: string }>(runner, `select nextval('outbox_id_seq') as id from generate_series(1, $1::int)`, [
    count,
  ]);
  return rows.map(({ id }) => Number(id));
}

/** Inserts rows without ids; in a {@link StatementTransaction} the caller does not wait for their ids. */
async function insert(runner: StatementRunner, recorded: Recorded): Promise<void> {
  const inserted = query<{ id: string }>(runner, INSERT, columnsOf(recorded.rows)).then((found) => {
    // They are drawn row by row, so they grow in the order of the rows, whatever the order of the answer.
    recorded.ids = found.map(({ id }) => Number(id)).sort((a, b) => a - b);
  });
  if (runner instanceof StatementTransaction) inserted.catch(() => undefined);
  else await inserted;
}

const columnsOf = (rows: readonly RecordedRow[]): string[] => [
  joinedList(rows.map(({ topic }) => topic)),
  joinedList(rows.map(({ key }) => key)),
  joinedList(rows.map(({ headers }) => JSON.stringify(headers))),
  joinedList(rows.map(({ payload }) => payload)),
];

/** Headers as they come out of a `jsonb`, as those of an event are made: shorter names first, names of one length by their bytes. */
const inStoredOrder = (headers: RecordedRow['headers']): RecordedRow['headers'] =>
  Object.fromEntries(
    Object.entries(headers)
      .map(([name, value]) => ({ name, value, bytes: Buffer.from(name) }))
      .toSorted((a, b) => a.bytes.length - b.bytes.length || Buffer.compare(a.bytes, b.bytes))
      .map(({ name, value }) => [name, value]),
  );

const isInTransaction = (runner: StatementRunner): boolean => runner instanceof StatementTransaction || runner.isInTransaction();
