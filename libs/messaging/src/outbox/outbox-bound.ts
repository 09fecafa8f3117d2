import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';
import { RepeatedWork } from '#app/timing';

const EVERY_MS = 1_000;

/**
 * Tells whether the outbox holds as many rows as it may: then no more changes are taken, and none of those that were is dropped.
 * Looked at once a second, so what is written meanwhile can pass the bound by what a second takes.
 */
export class OutboxBound {
  private readonly looks = new RepeatedWork(EVERY_MS, () => this.look());
  isReached = false;

  /** @param maxRows the bound, in rows */
  constructor(
    private readonly em: EntityManager,
    private readonly maxRows: number,
  ) {}

  start(): void {
    this.looks.start();
  }

  stop(): Promise<void> {
    return this.looks.stop();
  }

  private async look(): Promise<void> {
    this.isReached = await this.holdsTooMany();
  }

  private async holdsTooMany(): Promise<boolean> {
    const em = this.em.fork();
    // Rows are deleted from the lowest id on, so the span of the ids is no less than their number and costs two index look-ups.
    const [span] = await query<{ ids: string }>(em, 'select coalesce(max(id) - min(id) + 1, 0) as ids from outbox');
    if (Number(span!.ids) < this.maxRows) return false;
    const [held] = await query<{ rows: string }>(em, 'select count(*) as rows from (select from outbox limit $1) as held', [
      this.maxRows,
    ]);
    return Number(held!.rows) >= this.maxRows;
  }
}
