import type { Watchdog } from '../processes/watchdog.js';
import { databaseUrl, ensureDatabases } from './postgres-database.js';
import { adminUrlOf, startPostgres, type PostgresOptions, type RunningPostgres } from './postgres.js';
import { Restartable } from './restartable.js';

/** A PostgreSQL that can be stopped, killed and started again. */
export class PostgresServer extends Restartable<RunningPostgres> {
  constructor(
    readonly options: PostgresOptions,
    watchdog: Watchdog,
  ) {
    super(() => startPostgres(options, watchdog));
  }

  get port(): number {
    return this.options.port;
  }

  get adminUrl(): string {
    return adminUrlOf(this.options);
  }

  /** Makes a database unless it exists, owned by a role of the same name. @returns the role's URL */
  async database(name: string): Promise<string> {
    const database = { name, password: this.options.password };
    await ensureDatabases(this.adminUrl, [database]);
    return databaseUrl(this.adminUrl, database);
  }
}
