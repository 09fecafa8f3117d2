import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { connectionDefectOf, StatementPool, type DatabaseUrl } from '#app/postgres';
import { shareRuns } from '#app/timing';
import type { Status } from './health.js';

/** What a write needs. */
const IS_READ_ONLY = {
  name: 'health',
  text: `select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as "isReadOnly"`,
};
const READ_ONLY = 'PostgreSQL is read-only: the URL leads to a standby, or the server has been made read-only.';

/**
 * Whether the database answers and accepts writes. The check has its own connection, so that a process whose other connections
 * are all in use is still ready. Concurrent callers share one check.
 */
export class DatabaseHealth implements OnApplicationShutdown {
  private readonly logger = new Logger(DatabaseHealth.name);
  private readonly pool: StatementPool;
  private reported: string | undefined;

  constructor(url: DatabaseUrl, applicationName: string) {
    this.pool = new StatementPool({ url, applicationName, poolMax: 1 });
  }

  readonly status = shareRuns((): Promise<Status> =>
    this.pool
      .query<{ isReadOnly: boolean }>(IS_READ_ONLY, [])
      .then(([row]) => (row?.isReadOnly ? this.down(READ_ONLY) : this.ok()))
      .catch((error: unknown) => this.down(connectionDefectOf(error))),
  );

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
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
