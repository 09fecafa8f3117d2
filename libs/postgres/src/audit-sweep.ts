import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from './bound-query.js';
import { SLICE_ROWS, Sweep } from './sweep.js';

const EVERY_MS = 60 * 60 * 1_000;

/** Deletes entries of an app's audit trail, table `audit_entry`, that are past their retention. */
export class AuditSweep extends Sweep {
  constructor(
    private readonly em: EntityManager,
    private readonly keptDays: number,
  ) {
    super(EVERY_MS);
  }

  /** The oldest entries have the lowest ids, so no index on their times is needed. */
  protected async deleteSlice(): Promise<number> {
    const deleted = await query(
      this.em.fork(),
      `delete from audit_entry where id in
         (select id from (select id, at from audit_entry order by id limit ${SLICE_ROWS}) as oldest
           where at < clock_timestamp() - make_interval(days => $1))
       returning 1`,
      [this.keptDays],
    );
    return deleted.length;
  }
}
