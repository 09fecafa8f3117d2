import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import {
  connectionDefectOf,
  isMigrated,
  requireOwnSession,
  SESSION_LIMITS,
  StatementPool,
  UnfitDatabase,
  type DatabaseUrl,
} from '#app/postgres';
import type pg from 'pg';
import { shareRuns } from '#app/timing';
import type { Status } from './health.js';

/** What a write needs. */
const IS_READ_ONLY = {
  name: 'health',
  text: `select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as "isReadOnly"`,
};
const READ_ONLY = 'PostgreSQL is read-only: the URL leads to a standby, or the server has been made read-only.';

interface DatabaseHealthOptions {
  url: DatabaseUrl;
  app: 'gateway' | 'auth';
  /** Names of the migrations that this release needs. */
  migrations: readonly string[];
}

/**
 * Whether the database answers and accepts writes. The check has its own connection, so that a process whose other connections
 * are all in use is still ready. Concurrent callers share one check. Until the first success it includes what a set-up and the right
 * URL settle for good: all migrations, and sessions that no pooler in transaction mode gives to others.
 */
export class DatabaseHealth implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(DatabaseHealth.name);
  private readonly pool: StatementPool;
  private reported: string | undefined;
  private isFit = false;

  constructor(private readonly options: DatabaseHealthOptions) {
    this.pool = new StatementPool({ url: options.url, applicationName: this.applicationName, poolMax: 1 });
  }

  readonly status = shareRuns((): Promise<Status> =>
    this.check().catch((error: unknown) => this.down(error instanceof UnfitDatabase ? error.message : connectionDefectOf(error))),
  );

  /** Logs what is wrong from the start on, even if nobody asks. */
  onApplicationBootstrap(): void {
    void this.status();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }

  private get applicationName(): string {
    return `contact-sync ${this.options.app} health`;
  }

  private async check(): Promise<Status> {
    const [row] = await this.pool.query<{ isReadOnly: boolean }>(IS_READ_ONLY, []);
    if (row?.isReadOnly) return this.down(READ_ONLY);
    if (!this.isFit) await this.requireFit();
    this.isFit = true;
    return this.ok();
  }

  /** @throws {UnfitDatabase} */
  private async requireFit(): Promise<void> {
    const { url, app, migrations } = this.options;
    const { connectMs, answerMs } = SESSION_LIMITS;
    const session = { url, applicationName: this.applicationName, connectMs, answerMs, limits: SESSION_LIMITS };
    const isWhole = (client: pg.ClientBase) => requireOwnSession(client, session).then(() => true);
    if (!(await isMigrated(session, { migrations, isWhole })))
      throw new UnfitDatabase([`The database lacks migrations of this release: run node dist/apps/${app}/src/set-up.js first.`]);
  }

  private ok(): Status {
    this.reported = undefined;
    return 'ok';
  }

  /** Logs a defect when it begins, and not again while it lasts. */
  private down(defect: string | undefined): Status {
    if (defect !== undefined && defect !== this.reported) this.logger.warn(defect);
    this.reported = defect ?? this.reported;
    return 'down';
  }
}
