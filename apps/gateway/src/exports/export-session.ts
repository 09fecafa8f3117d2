import { clientConfig, PostgresClient, SESSION_LIMITS, StatementTransaction, type DatabaseUrl } from '#app/postgres';
import { sql, type Kysely } from 'kysely';
import { conditionOf } from '../lists/list-conditions.js';
import type { ListFilter } from '../lists/list-query.js';
import type { ListSource } from '../lists/list-statement.js';

/** Rows per load: few, so that other requests of the process wait only milliseconds for it. */
const PAGE_ROWS = 64;
/** How long each statement may run, in milliseconds. */
const STATEMENT_MS = 30_000;
/** How much longer than the export the session may wait for its reader, in milliseconds: the export ends first. */
const IDLE_RESERVE_MS = 30_000;

/** Loads the rows of these ids, in their order. */
type LoadRows<Row> = (transaction: StatementTransaction, ids: readonly number[]) => Promise<Row[]>;

/** Which rows are read, and how. */
export interface ExportedRows<Row> {
  from: ListSource;
  filters: readonly ListFilter[];
  load: LoadRows<Row>;
}

/** A connection that reads one snapshot of the database. */
export class ExportSession {
  private constructor(
    private readonly client: PostgresClient,
    private readonly kysely: Kysely<unknown>,
  ) {}

  /** Connects, and takes the snapshot. @param maxMs the longest time of the export */
  static async open(url: DatabaseUrl, kysely: Kysely<unknown>, maxMs: number): Promise<ExportSession> {
    const config = clientConfig({
      url,
      applicationName: 'contact-sync gateway exports',
      connectMs: SESSION_LIMITS.connectMs,
      answerMs: STATEMENT_MS + 1_000,
      limits: { ...SESSION_LIMITS, statementMs: STATEMENT_MS, idleInTransactionMs: maxMs + IDLE_RESERVE_MS },
    });
    // The statements of a page share a round trip.
    const client = new PostgresClient({ ...config, pipeline: true });
    await client.connect();
    const session = new ExportSession(client, kysely);
    try {
      // The first statement after `begin` takes the snapshot.
      await client.query('begin isolation level repeatable read read only');
      await client.query('select 1');
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** All rows in id order, page by page. */
  async *pages<Row>(rows: ExportedRows<Row>): AsyncGenerator<Row[], void> {
    for (let last = 0; ;) {
      const { ids, loaded } = await this.page(rows, last);
      if (ids.length > 0) yield loaded;
      if (ids.length < PAGE_ROWS) return;
      last = ids.at(-1)!;
    }
  }

  async close(): Promise<void> {
    await (this.client.end() as Promise<void>).catch(() => undefined);
  }

  private async page<Row>({ from, filters, load }: ExportedRows<Row>, last: number): Promise<{ ids: number[]; loaded: Row[] }> {
    const condition = conditionOf(filters);
    const { sql: text, parameters } = sql`select ${from.id} as id from ${from.from}
      where ${from.id} > ${last}::bigint ${condition ? sql`and ${condition}` : sql``} order by ${from.id} limit ${PAGE_ROWS}`.compile(
      this.kysely,
    );
    // One per page: it keeps the results of its statements.
    const transaction = new StatementTransaction(this.client as never);
    // The text is the same for each page of the connection.
    const found = await transaction.query<{ id: string }>({ name: 'export-page', text }, parameters);
    const ids = found.map(({ id }) => Number(id));
    return { ids, loaded: ids.length === 0 ? [] : await load(transaction, ids) };
  }
}
