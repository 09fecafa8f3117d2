import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from './bound-query.js';
import { SLICE_ROWS, Sweep } from './sweep.js';

const EVERY_MS = 60 * 60 * 1_000;

/** Rows that are kept for a number of days. */
interface Retention {
  table: string;
  /** A column that grows with the rows' times, with an index. */
  key: string;
  /** The column of the time from which a row is kept. */
  time: string;
  days: number;
}

/** Deletes rows of a table that are past their retention. */
export class RetentionSweep extends Sweep {
  private readonly statement: string;

  constructor(
    private readonly em: EntityManager,
    private readonly retention: Retention,
  ) {
    super(EVERY_MS);
    const { table, key, time } = retention;
    // The oldest rows have the lowest keys, so no index on their times is needed.
    this.statement = `delete from ${table} where ${key} in
      (select ${key} from (select ${key}, ${time} from ${table} order by ${key} limit ${SLICE_ROWS}) as oldest
        where ${time} < clock_timestamp() - make_interval(days => $1))
      returning 1`;
  }

  protected async deleteSlice(): Promise<number> {
    return (await query(this.em.fork(), this.statement, [this.retention.days])).length;
  }
}

/** Deletes entries of an app's audit trail, table `audit_entry`, that are past their retention. */
export class AuditSweep extends RetentionSweep {
  constructor(em: EntityManager, days: number) {
    super(em, { table: 'audit_entry', key: 'id', time: 'at', days });
  }
}
