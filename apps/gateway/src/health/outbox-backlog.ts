import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { query } from '#app/postgres';
import { shareRuns } from '#app/timing';

/** What waits to be published. */
interface Backlog {
  /** Events, at most: rows are deleted from the lowest id on, so the span of the ids is no less than their number. */
  rows: number;
  /** Age of the oldest one; 0 where there is none. */
  oldestMs: number;
}

const BACKLOG = `
  select coalesce(max(id) - min(id) + 1, 0)::float8 as rows,
    coalesce((select extract(epoch from clock_timestamp() - created_at) * 1000 from outbox order by id limit 1), 0)::float8 as "oldestMs"
  from outbox`;

/** Looks into the outbox, for little whatever its length. */
@Injectable()
export class OutboxBacklog {
  constructor(private readonly em: EntityManager) {}

  /** Asked once for all who ask at the same time. */
  readonly read = shareRuns(async (): Promise<Backlog> => {
    const [backlog] = await query<Backlog>(this.em.fork(), BACKLOG);
    return { rows: backlog!.rows, oldestMs: Math.round(backlog!.oldestMs) };
  });
}
