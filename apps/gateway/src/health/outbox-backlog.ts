import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { query } from '#app/postgres';
import { shareRuns } from '#app/timing';

/** The waiting part of the outbox. */
interface Backlog {
  /** Upper bound of the events: rows are deleted from the lowest id on, so the span of the ids is at least their number. */
  rows: number;
  /** Age of the oldest event; 0 if none waits. */
  oldestMs: number;
}

const BACKLOG = `
  select coalesce(max(id) - min(id) + 1, 0)::float8 as rows,
    coalesce((select extract(epoch from clock_timestamp() - created_at) * 1000 from outbox order by id limit 1), 0)::float8 as "oldestMs"
  from outbox`;

/** Measures the outbox at a cost that does not depend on its length. */
@Injectable()
export class OutboxBacklog {
  constructor(private readonly em: EntityManager) {}

  /** One query for all simultaneous callers. */
  readonly read = shareRuns(async (): Promise<Backlog> => {
    const [backlog] = await query<Backlog>(this.em.fork(), BACKLOG);
    return { rows: backlog!.rows, oldestMs: Math.round(backlog!.oldestMs) };
  });
}
