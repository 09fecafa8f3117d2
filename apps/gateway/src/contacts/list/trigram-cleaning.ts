import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { inTransaction, query, withStatementTimeout } from '#app/postgres';
import { RepeatedWork } from '#app/timing';
import { CLEANING_MS, CleaningPace } from './cleaning-pace.js';

const LONGEST_MS = 60_000;

/**
 * Empties the pending list of the trigram index in the background, in one process at a time, so that updates need not do it.
 * Searches read the list too, so their results are always fresh; autovacuum empties it if no gateway runs.
 */
@Injectable()
export class TrigramCleaning implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly pace = new CleaningPace();
  private readonly work = new RepeatedWork(CLEANING_MS.shortest, () => this.cleanIfDue());

  constructor(private readonly em: EntityManager) {}

  onApplicationBootstrap(): void {
    this.work.start();
  }

  beforeApplicationShutdown(): void {
    void this.work.stop();
  }

  /** Somebody searches. */
  searched(): void {
    this.pace.searched();
  }

  private async cleanIfDue(): Promise<void> {
    if (!this.pace.isDue(performance.now())) return;
    this.pace.begun();
    const pages = await withStatementTimeout(LONGEST_MS, () => this.clean());
    this.pace.cleaned(pages, performance.now());
  }

  /** @returns the pages that the list had; undefined where another process is cleaning */
  private async clean(): Promise<number | undefined> {
    return inTransaction(this.em, async (em) => {
      await query(em, `select set_config('statement_timeout', $1, true)`, [String(LONGEST_MS)]);
      // Without a lock two processes would wait for each other's cleaning.
      const rows = await query<{ pages: string }>(
        em,
        `select clean_contact_trigrams() as pages where pg_try_advisory_xact_lock(hashtext('contact-sync trigrams'))`,
      );
      return rows[0] && Number(rows[0].pages);
    });
  }
}
