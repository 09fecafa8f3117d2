import type { EntityManager } from '@mikro-orm/postgresql';
import { Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { query } from '#app/postgres';
import { RepeatedWork } from '#app/timing';

const EVERY_MS = 60 * 60 * 1_000;
/** Most entries that one statement deletes. */
const ENTRIES_AT_ONCE = 10_000;

/** Deletes entries of the audit trail that are past their retention. */
export class AuditSweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(AuditSweep.name);
  private readonly sweeps = new RepeatedWork(EVERY_MS, () => this.sweep());

  constructor(
    private readonly em: EntityManager,
    private readonly keptDays: number,
  ) {}

  onApplicationBootstrap(): void {
    this.sweeps.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.sweeps.stop();
  }

  /** The oldest entries have the lowest ids, so no index on their times is needed. @returns whether there may be more */
  async sweep(): Promise<boolean> {
    try {
      const deleted = await query(
        this.em.fork(),
        `delete from audit_entry where id in
           (select id from (select id, at from audit_entry order by id limit ${ENTRIES_AT_ONCE}) as oldest
             where at < clock_timestamp() - make_interval(days => $1))
         returning 1`,
        [this.keptDays],
      );
      return deleted.length === ENTRIES_AT_ONCE;
    } catch (err) {
      this.logger.debug({ msg: 'Old audit entries stay for now.', err });
      return false;
    }
  }
}
