import type { EntityManager } from '@mikro-orm/postgresql';
import type { OutboxDraft, RecordedRows } from '#app/messaging';
import type { StatementTransaction } from '#app/postgres';
import { eventsAmong, previewOf, type RecordedPreview } from './event-preview.js';
import type { EventRecorder } from './event-recorder.js';

/** The tools of one write's transaction. A dry run is rolled back. */
export class WriteUnit {
  /** What a dry run would have recorded. */
  readonly previewed: RecordedPreview[] = [];
  readonly recorded: RecordedRows[] = [];

  constructor(
    readonly em: EntityManager,
    private readonly recorder: EventRecorder,
    readonly dryRun: boolean,
  ) {}

  /** Writes the changes so far. */
  async flush(): Promise<void> {
    if (!this.dryRun) await this.em.flush();
  }

  /** Writes the changes, then records their events: ids and positions are drawn after the unique claims were checked. */
  async record(drafts: readonly OutboxDraft[]): Promise<void> {
    if (this.dryRun) {
      this.previewed.push(...eventsAmong(drafts).map(previewOf));
      return;
    }
    await this.em.flush();
    this.recorded.push(...(await this.recorder.record(this.em, drafts)));
  }
}

/** The tools of a transaction that several writes share. */
export class TogetherUnit {
  readonly recorded: RecordedRows[] = [];

  constructor(
    readonly transaction: StatementTransaction,
    private readonly recorder: EventRecorder,
  ) {}

  /** Records events after the statements that were sent: ids and positions are drawn after the unique claims were checked. */
  async record(drafts: readonly OutboxDraft[]): Promise<void> {
    this.recorded.push(...(await this.recorder.record(this.transaction, drafts)));
  }
}
