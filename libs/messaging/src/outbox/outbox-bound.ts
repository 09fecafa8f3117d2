import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';
import { RepeatedWork } from '#app/timing';

const EVERY_MS = 1_000;
/** An older observation no longer counts. */
const OLD_MS = 15_000;
/** Up to this many rows are counted; above it the database's own estimate is used, whose cost does not depend on the size. */
const COUNTED_ROWS = 100_000;

/** Each time the lowest row is looked for from the beginning, and finds rows that were committed late. */
const FROM_THE_BEGINNING_MS = 60_000;
/**
 * Difference of the highest and lowest id: not below the number of rows but for late ones, and higher where one row waits while others go.
 * It begins at the last lowest row: an old snapshot of another session keeps all rows that were deleted before it.
 */
const SPAN = `
  select coalesce(max(id) - min(id) + 1, 0)::float8 as rows,
    coalesce(min(id), pg_sequence_last_value('outbox_id_seq'::regclass), 0)::float8 as lowest
  from outbox where id >= $1::bigint`;
const COUNT = 'select count(*)::float8 as rows from (select from outbox limit $1) as held';
/** Live rows by the statistics. A crash of the server empties them; else they date from the last vacuum. */
const ESTIMATE = `
  select greatest(pg_stat_get_live_tuples(oid), reltuples)::float8 as rows from pg_class where oid = 'outbox'::regclass`;

/**
 * Whether the outbox has reached its row limit. The gateway then accepts no more changes; accepted changes are never dropped.
 * The count is refreshed once a second, so the outbox can pass the limit by the rows of one second. Without a fresh count the limit
 * counts as reached.
 */
export class OutboxBound {
  private readonly looks = new RepeatedWork(EVERY_MS, () => this.look());
  private holdsTooMany = false;
  private seenAt = Infinity;
  /** The lowest id of the last look, until the next one from the beginning. */
  private lowest = { id: 0, until: 0 };

  /** @param maxRows the limit, in rows */
  constructor(
    private readonly em: EntityManager,
    private readonly maxRows: number,
  ) {}

  get isReached(): boolean {
    return this.counted ?? true;
  }

  /** Whether the rows have reached the limit by a fresh count; undefined without one. */
  get counted(): boolean | undefined {
    return performance.now() - this.seenAt > OLD_MS ? undefined : this.holdsTooMany;
  }

  start(): void {
    this.seenAt = performance.now();
    this.looks.start();
  }

  stop(): Promise<void> {
    return this.looks.stop();
  }

  private async look(): Promise<void> {
    this.holdsTooMany = (await this.span()) >= this.maxRows && (await this.held()) >= this.maxRows;
    this.seenAt = performance.now();
  }

  private async span(): Promise<number> {
    const now = performance.now();
    const { id, until } = now < this.lowest.until ? this.lowest : { id: 0, until: now + FROM_THE_BEGINNING_MS };
    const [found] = await query<{ rows: number; lowest: number }>(this.em.fork(), SPAN, [id]);
    this.lowest = { id: found!.lowest, until };
    return found!.rows;
  }

  private held(): Promise<number> {
    return this.maxRows <= COUNTED_ROWS ? this.rows(COUNT, [this.maxRows]) : this.rows(ESTIMATE);
  }

  private async rows(text: string, parameters: unknown[] = []): Promise<number> {
    const [found] = await query<{ rows: number }>(this.em.fork(), text, parameters);
    return found!.rows;
  }
}
