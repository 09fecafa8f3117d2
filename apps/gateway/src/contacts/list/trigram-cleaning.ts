import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { inTransaction, query, withStatementTimeout } from '#app/postgres';
import { RepeatedWork } from '#app/timing';

const EVERY_MS = 1_000;
const LONGEST_MS = 60_000;

/**
 * Empties the pending list of the trigram index in the background, in one process at a time, so that updates need not do it.
 * Searches read the list too, so their results are always fresh; autovacuum empties it if no gateway runs.
 */
@Injectable()
export class TrigramCleaning implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly work = new RepeatedWork(EVERY_MS, () => withStatementTimeout(LONGEST_MS, () => this.clean()));

  constructor(private readonly em: EntityManager) {}

  onApplicationBootstrap(): void {
    this.work.start();
  }

  beforeApplicationShutdown(): void {
    void this.work.stop();
  }

  private async clean(): Promise<void> {
    await inTransaction(this.em, async (em) => {
      await query(em, `select set_config('statement_timeout', $1, true)`, [String(LONGEST_MS)]);
      // Without a lock two processes would wait for each other's cleaning.
      await query(em, `select clean_contact_trigrams() where pg_try_advisory_xact_lock(hashtext('contact-sync trigrams'))`);
    });
  }
}
