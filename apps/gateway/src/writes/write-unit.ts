import type { EntityManager } from '@mikro-orm/postgresql';
import type { ContactSyncEvent } from '#app/contracts';
import type { OutboxDraft } from '#app/messaging';
import type { StatementTransaction } from '#app/postgres';
import { eventsAmong } from './event-preview.js';
import type { EventRecorder } from './event-recorder.js';

/** What one transaction of a write works with. In a dry run nothing reaches the database. */
export class WriteUnit {
  /** What a dry run would have recorded. */
  readonly previewed: ContactSyncEvent[] = [];
  recorded = 0;

  constructor(
    readonly em: EntityManager,
    private readonly recorder: EventRecorder,
    readonly dryRun: boolean,
  ) {}

  /** Writes what has changed so far. */
  async flush(): Promise<void> {
    if (!this.dryRun) await this.em.flush();
  }

  /** Writes the changes, then records their events: ids and positions are drawn after the unique claims have decided. */
  async record(drafts: readonly OutboxDraft[]): Promise<void> {
    if (this.dryRun) {
      this.previewed.push(...eventsAmong(drafts));
      return;
    }
    await this.em.flush();
    this.recorded += await this.recorder.record(this.em, drafts);
  }
}

/** What a transaction that several writes share works with. */
export class TogetherUnit {
  recorded = 0;

  constructor(
    readonly transaction: StatementTransaction,
    private readonly recorder: EventRecorder,
  ) {}

  /** Records events behind the statements that were sent: ids and positions are drawn after the unique claims have decided. */
  async record(drafts: readonly OutboxDraft[]): Promise<void> {
    this.recorded += await this.recorder.record(this.transaction, drafts);
  }
}
