import { AsyncLocalStorage } from 'node:async_hooks';
import { presentUrl, readPostgresUrl, type DatabaseUrl, type PostgresConnection } from '#app/settings';
import pg from 'pg';
import { limitTime, readQuery } from './client-query.js';
import { isUnfitConnection } from './postgres-errors.js';
import { applySettings, sessionSettings, type SessionLimits } from './session-settings.js';

/** The longest delay that a timer accepts. */
const LONGEST_MS = 2 ** 31 - 1;
/** How long the server may take to accept the message that ends the connection. */
const GOODBYE_MS = 1_000;

const timeoutOf = new AsyncLocalStorage<number>();

/** Within `work`, a connection closes after a statement without an answer for this many milliseconds, instead of the usual time. */
export const withStatementTimeout = <T>(ms: number, work: () => T): T => timeoutOf.run(ms, work);

/** Within `work`, a statement has no time limit: for migrations. */
export const withoutTimeout = <T>(work: () => T): T => withStatementTimeout(LONGEST_MS, work);

/** Options of a connection. */
export interface ClientOptions {
  url: DatabaseUrl;
  /** Shown in `pg_stat_activity`. */
  applicationName: string;
  connectMs: number;
  /** How long the client waits for the answer to a statement. */
  answerMs?: number;
  limits?: SessionLimits;
}

/** The configuration of a {@link PostgresClient}, or of a pool of them. */
export function clientConfig({ url, applicationName, connectMs, answerMs, limits = {} }: ClientOptions) {
  const connection = readPostgresUrl(presentUrl(url));
  return {
    ...connection,
    renewed: renewing(url, connection),
    application_name: applicationName,
    connectionTimeoutMillis: connectMs,
    ...(answerMs !== undefined && { query_timeout: answerMs }),
    keepAlive: true,
    sessionSettings: sessionSettings(limits, connection.options),
  };
}

type Config = pg.ClientConfig & Partial<Pick<ReturnType<typeof clientConfig>, 'sessionSettings' | 'renewed'>>;

/** Reads URL and certificate files for each connection; while one of them is being replaced, the former content is used. */
function renewing(url: DatabaseUrl, first: PostgresConnection): () => PostgresConnection {
  let last = first;
  return () => {
    try {
      last = readPostgresUrl(presentUrl(url));
    } catch {
      // The next connection finds the new file.
    }
    return { ...last, ...(typeof last.ssl === 'object' && { ssl: { ...last.ssl } }) };
  };
}

/**
 * A connection with the session settings that the code needs. It closes once it can't serve any more: after a statement without an
 * answer, on a server that has become read-only, after a rejected protocol or sign-in.
 *
 * Trap: pg itself only rejects the statement and keeps the connection in its pool, where later statements wait for an answer that
 * never comes, or fail in the same way.
 */
export class PostgresClient extends pg.Client {
  private readonly wanted: Readonly<Record<string, string>>;
  private readonly answerMs: number | undefined;

  constructor(config?: Config) {
    const { query_timeout: answerMs, ...rest } = config ?? {};
    super({ ...rest, ...config?.renewed?.() });
    this.answerMs = answerMs;
    this.wanted = config?.sessionSettings ?? {};
    // Without a listener a dropped connection ends the process; a pool adds its own only once `connect` has ended. Statements reject by
    // themselves.
    this.on('error', () => undefined);
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- with or without a callback, as pg's
  override connect(...[callback]: any[]): any {
    const connected = super.connect().then(() => this.prepare());
    if (!callback) return connected;
    connected.then(() => (callback as () => void)(), callback as (error: Error) => void);
  }

  // The overloads of pg as one.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whichever overload it was
  override query(...args: unknown[]): any {
    const { query, answer, outcome, timeoutMs = this.timeoutMsOf(args) } = readQuery(args);
    if (timeoutMs) limitTime(query, timeoutMs, () => this.cut());
    super.query(query);
    outcome?.catch?.((error) => {
      // With a statement under way this aborts the connection; the pool does not reuse an ended connection.
      if (isUnfitConnection(error)) void this.end();
    });
    return answer;
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whichever overload it was
  override end(...args: unknown[]): any {
    const cut = setTimeout(() => this.connection.stream.destroy(), GOODBYE_MS).unref();
    this.once('end', () => clearTimeout(cut));
    return Reflect.apply(super.end.bind(this) as (...args: unknown[]) => unknown, undefined, args);
  }

  private timeoutMsOf([text]: unknown[]): number | undefined {
    return (typeof text === 'string' ? timeoutOf.getStore() : undefined) ?? this.answerMs;
  }

  private cut(): void {
    void this.end();
    this.connection.stream.destroy();
  }

  private async prepare(): Promise<void> {
    if (Object.keys(this.wanted).length === 0) return;
    try {
      await applySettings(this, this.wanted);
    } catch (error) {
      void this.end();
      throw error;
    }
  }
}

/** Opens one connection. The caller ends it. */
export async function connect(options: ClientOptions): Promise<pg.Client> {
  const client: pg.Client = new PostgresClient(clientConfig(options));
  await client.connect();
  return client;
}
