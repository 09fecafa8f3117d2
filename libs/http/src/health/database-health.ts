import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, Logger } from '@nestjs/common';
import { connectionDefectOf } from '#app/postgres';
import type { Status } from './health.js';

/** What a write needs. */
const IS_READ_ONLY = `select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as "isReadOnly"`;
const READ_ONLY = 'PostgreSQL is read-only: the URL leads to a standby, or the server has been made read-only.';

/** Whether the database answers and takes writes. */
@Injectable()
export class DatabaseHealth {
  private readonly logger = new Logger(DatabaseHealth.name);
  private told: string | undefined;

  constructor(private readonly em: EntityManager) {}

  async status(): Promise<Status> {
    return this.em
      .fork()
      .execute<{ isReadOnly: boolean }[]>(IS_READ_ONLY)
      .then(([row]) => (row?.isReadOnly ? this.down(READ_ONLY) : this.ok()))
      .catch((error: unknown) => this.down(connectionDefectOf(error)));
  }

  private ok(): Status {
    this.told = undefined;
    return 'ok';
  }

  /** Logs a defect when it begins, and not again while it lasts. */
  private down(defect: string | undefined): Status {
    if (defect !== undefined && defect !== this.told) this.logger.warn(defect);
    this.told = defect ?? this.told;
    return 'down';
  }
}
