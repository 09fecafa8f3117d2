import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';
import { RepeatedWork } from '#app/timing';

const EVERY_MS = 1_000;
/** An answer older than this says nothing any more. */
const OLD_MS = 15_000;
/** So many rows are counted; of more the database's own estimate is taken, which costs the same at any size. */
const COUNTED_ROWS = 100_000;

/** Ids from the lowest to the highest: no fewer than there are rows, and more where one row waits while others go. */
const SPAN = 'select coalesce(max(id) - min(id) + 1, 0)::float8 as rows from outbox';
const COUNT = 'select count(*)::float8 as rows from (select from outbox limit $1) as held';
/** Live rows by the statistics, which a crash of the server empties, or as of the last vacuum. */
const ESTIMATE = `
  select greatest(pg_stat_get_live_tuples(oid), reltuples)::float8 as rows from pg_class where oid = 'outbox'::regclass`;

/**
 * Tells whether the outbox holds as many rows as it may: then no more changes are taken, and none of those that were is dropped.
 * Looked at once a second, so what is written meanwhile can pass the bound by what a second takes. Where it cannot be looked at for
 * some time the bound counts as reached.
 */
export class OutboxBound {
  private readonly looks = new RepeatedWork(EVERY_MS, () => this.look());
  private holdsTooMany = false;
  private seenAt = Infinity;

  /** @param maxRows the bound, in rows */
  constructor(
    private readonly em: EntityManager,
    private readonly maxRows: number,
  ) {}

  get isReached(): boolean {
    return this.holdsTooMany || performance.now() - this.seenAt > OLD_MS;
  }

  start(): void {
    this.seenAt = performance.now();
    this.looks.start();
  }

  stop(): Promise<void> {
    return this.looks.stop();
  }

  private async look(): Promise<void> {
    this.holdsTooMany = (await this.rows(SPAN)) >= this.maxRows && (await this.held()) >= this.maxRows;
    this.seenAt = performance.now();
  }

  private held(): Promise<number> {
    return this.maxRows <= COUNTED_ROWS ? this.rows(COUNT, [this.maxRows]) : this.rows(ESTIMATE);
  }

  private async rows(text: string, parameters: unknown[] = []): Promise<number> {
    const [found] = await query<{ rows: number }>(this.em.fork(), text, parameters);
    return found!.rows;
  }
}
