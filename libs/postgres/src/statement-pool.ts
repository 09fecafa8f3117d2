import pg from 'pg';
import { isRetryableConflict } from './postgres-errors.js';
import { PostgresClient } from './postgres-client.js';
import { sessionOptions, type PostgresSettings } from './postgres-options.js';
import { StatementGroup, type PreparedStatement } from './statement-group.js';

export type { PreparedStatement } from './statement-group.js';

interface StatementPoolSettings extends PostgresSettings {
  /** Settings of each session besides those that every session has. */
  sessionSettings?: Readonly<Record<string, string>>;
}

const ATTEMPTS = 4;
const BEGIN: PreparedStatement = { name: 'begin', text: 'begin' };
const COMMIT: PreparedStatement = { name: 'commit', text: 'commit' };

/** A transaction on one connection. Statements sent without waiting for each other share a round trip. */
export class StatementTransaction {
  private readonly sent: Promise<unknown>[] = [];
  private group: StatementGroup | undefined;
  /** Statements that were sent, and the round trips that they share. */
  readonly counts = { statements: 0, roundTrips: 0 };

  constructor(private readonly client: pg.PoolClient) {}

  /** Sends a statement. If it fails, later statements and the transaction fail too, whether or not its promise is awaited. */
  query<Row extends object>(statement: PreparedStatement | string, values: readonly unknown[] = []): Promise<Row[]> {
    const config = typeof statement === 'string' ? { text: statement } : statement;
    const rows = this.send<Row>(config, values).then((answer) => answer.rows);
    this.keep(rows);
    return rows;
  }

  /** Begins; the first statement follows in the same round trip. */
  begin(): void {
    this.keep(this.send(BEGIN));
  }

  /** Commits in the round trip of the last statements. */
  async commit(): Promise<void> {
    const committed = this.send(COMMIT);
    this.keep(committed);
    await Promise.all(this.sent);
    // After a failed statement the server answers a commit with a rollback.
    if ((await committed).command !== 'COMMIT') throw new Error('The transaction was rolled back.');
  }

  /** The first failure; it is also the cause of later ones. Undefined while nothing has failed. */
  async firstFailure(): Promise<unknown> {
    const outcomes = await Promise.allSettled(this.sent);
    return outcomes.find((outcome) => outcome.status === 'rejected')?.reason;
  }

  /** Rolls back an open transaction, after its statements have ended. */
  async rollback(): Promise<void> {
    await Promise.allSettled(this.sent);
    await this.client.query('rollback');
  }

  /** The statements of one turn of the event loop are one group. */
  private send<Row>(statement: Pick<PreparedStatement, 'text'>, values: readonly unknown[] = []) {
    this.counts.statements++;
    return (this.group ??= this.openGroup()).add<Row>(statement, values);
  }

  private openGroup(): StatementGroup {
    const group = new StatementGroup();
    this.counts.roundTrips++;
    process.nextTick(() => {
      this.group = undefined;
      this.client.query(group);
    });
    return group;
  }

  private keep(promise: Promise<unknown>): void {
    // Checked when the transaction ends.
    promise.catch(() => undefined);
    this.sent.push(promise);
  }
}

/**
 * Connections for frequent statements (thousands a second): prepared and pipelined.
 *
 * They are separate from the ORM's, so that slow lists and waiting writes use up no connection of this pool.
 */
export class StatementPool {
  /** What the transactions of this process have cost so far. */
  readonly counts = { transactions: 0, statements: 0, roundTrips: 0 };
  private readonly pool: pg.Pool;

  constructor(settings: StatementPoolSettings) {
    const config = sessionOptions(settings);
    const options = {
      ...config,
      // For a list of ids the planner would plan each statement again, which costs more than running it.
      sessionSettings: { ...config.sessionSettings, ...settings.sessionSettings, plan_cache_mode: 'force_generic_plan' },
      max: settings.poolMax,
      idleTimeoutMillis: 30_000,
      Client: PostgresClient,
      pipeline: true,
    };
    this.pool = new pg.Pool(options);
    // Without a listener, a dropped idle connection ends the process; a connection in use has a listener of its own.
    this.pool.on('error', () => undefined);
  }

  /** Runs one statement outside a transaction. */
  async query<Row extends object>(statement: PreparedStatement, values: readonly unknown[]): Promise<Row[]> {
    const { rows } = await this.pool.query<Row>({ ...statement, values: [...values] });
    return rows;
  }

  /** Runs `work` in one transaction, with up to three repetitions after a deadlock or a serialization failure. */
  async transaction<T>(work: (transaction: StatementTransaction) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(work);
      } catch (error) {
        if (attempt === ATTEMPTS || !isRetryableConflict(error)) throw error;
      }
    }
  }

  async end(): Promise<void> {
    await this.pool.end();
  }

  private async attempt<T>(work: (transaction: StatementTransaction) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    const transaction = new StatementTransaction(client);
    try {
      transaction.begin();
      const result = await work(transaction);
      await transaction.commit();
      client.release();
      return result;
    } catch (error) {
      const cause = (await transaction.firstFailure()) ?? error;
      // A connection whose rollback fails is not used again.
      await transaction.rollback().then(
        () => client.release(),
        (broken: Error) => client.release(broken),
      );
      throw cause;
    } finally {
      this.count(transaction);
    }
  }

  private count({ counts: { statements, roundTrips } }: StatementTransaction): void {
    this.counts.transactions++;
    this.counts.statements += statements;
    this.counts.roundTrips += roundTrips;
  }
}
