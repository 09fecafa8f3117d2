import type { EntityManager } from '@mikro-orm/postgresql';
import type { Outbox, OutboxDraft } from '#app/messaging';
import { recordHistory } from '../contacts/write-history.js';
import { previewOf, type EventPreview } from './event-preview.js';

/** What one transaction of a write works with. In a dry run nothing reaches the database. */
export class WriteUnit {
  readonly previews: EventPreview[] = [];
  recorded = 0;

  constructor(
    readonly em: EntityManager,
    private readonly outbox: Outbox,
    readonly dryRun: boolean,
  ) {}

  /** Writes what has changed so far. */
  async flush(): Promise<void> {
    if (!this.dryRun) await this.em.flush();
  }

  /** Writes the changes, then records their events: ids and positions are drawn after the unique claims have decided. */
  async record(drafts: readonly OutboxDraft[]): Promise<void> {
    if (this.dryRun) {
      this.previews.push(...previewOf(drafts));
      return;
    }
    await this.em.flush();
    const events = await this.outbox.add(this.em, drafts);
    await recordHistory(this.em, events);
    this.recorded += events.length;
  }
}
