import { AsyncLocalStorage } from 'node:async_hooks';
import { presentUrl, readPostgresUrl, type DatabaseUrl, type PostgresConnection } from '#app/settings';
import pg from 'pg';
import { limitTime, readQuery } from './client-query.js';
import { isUnfitConnection, markRefusal } from './postgres-errors.js';
import { applySettings, sessionSettings, type SessionLimits } from './session-settings.js';
import { isSilence, SilenceWatch } from './silence-watch.js';

/** Without an answer for so long, the system asks whether the other end is still there: some networks forget a quiet connection. */
const KEEP_ALIVE_MS = 10_000;
/** How long the database may take to give a new connection, and how often it is asked for one. */
const SILENCE_MS = 10_000;
/** How long the server may take to accept the message that ends the connection. */
const GOODBYE_MS = 1_000;

const timeoutOf = new AsyncLocalStorage<number>();

/** Within `work`, a connection closes after a statement without an answer for this many milliseconds, instead of the usual time. */
export const withStatementTimeout = <T>(ms: number, work: () => T): T => timeoutOf.run(ms, work);

/** Within `work`, a statement has no time limit: for migrations. It ends where the database is silent. */
export const withoutTimeout = <T>(work: () => T): T => withStatementTimeout(0, work);

/** Options of a connection. */
export interface ClientOptions {
  url: DatabaseUrl;
  /** Shown in `pg_stat_activity`. */
  applicationName: string;
  connectMs: number;
  /** How long the client waits for the answer to a statement; absent: until the database is silent, see {@link SilenceWatch}. */
  answerMs?: number;
  /** How long a silent database is waited for, before and after it is asked for a new connection. @default SILENCE_MS */
  silenceMs?: number;
  limits?: SessionLimits;
}

/** The configuration of a {@link PostgresClient}, or of a pool of them. */
export function clientConfig({ url, applicationName, connectMs, answerMs, silenceMs = SILENCE_MS, limits = {} }: ClientOptions) {
  const connection = readPostgresUrl(presentUrl(url));
  return {
    ...connection,
    renewed: renewing(url, connection),
    application_name: applicationName,
    connectionTimeoutMillis: connectMs,
    ...(answerMs !== undefined && { query_timeout: answerMs }),
    silenceMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    sessionSettings: sessionSettings(limits, connection.options),
  };
}

type Config = pg.ClientConfig & Partial<Pick<ReturnType<typeof clientConfig>, 'sessionSettings' | 'renewed' | 'silenceMs'>>;

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
  private readonly config: Config;
  private silence: SilenceWatch | undefined;

  constructor(config: Config = {}) {
    const { query_timeout: answerMs, ...rest } = config;
    super({ ...rest, ...config.renewed?.() });
    this.config = config;
    this.answerMs = answerMs;
    this.wanted = config.sessionSettings ?? {};
    // Without a listener a dropped connection ends the process; a pool adds its own only once `connect` has ended. Statements reject by
    // themselves.
    this.on('error', () => undefined);
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- with or without a callback, as pg's
  override connect(...[callback]: any[]): any {
    const connected = super
      .connect()
      .then(() => this.prepare())
      .catch((error: unknown) => {
        throw markRefusal(error);
      });
    if (!callback) return connected;
    connected.then(() => (callback as () => void)(), callback as (error: Error) => void);
  }

  // The overloads of pg as one.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whichever overload it was
  override query(...args: unknown[]): any {
    const { query, answer, outcome, timeoutMs = this.timeoutMsOf(args) } = readQuery(args);
    if (timeoutMs) limitTime(query, timeoutMs, () => this.cut());
    else this.watchSilence();
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

  private watchSilence(): void {
    const { silenceMs = SILENCE_MS } = this.config;
    this.silence ??= new SilenceWatch(this, { ms: silenceMs, isSilent: () => this.isSilent(silenceMs), cut: () => this.cut() });
    this.silence.begin();
  }

  /** Whether the database gives no new connection. A refusal is an answer. */
  private async isSilent(connectionTimeoutMillis: number): Promise<boolean> {
    const probe = new PostgresClient({ ...this.config, sessionSettings: {}, connectionTimeoutMillis });
    try {
      await probe.connect();
      return false;
    } catch (error) {
      return isSilence(error);
    } finally {
      void probe.end();
    }
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
