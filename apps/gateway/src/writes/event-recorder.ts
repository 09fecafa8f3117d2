import type { ContactSyncEvent } from '#app/contracts';
import type { Outbox, OutboxDraft, RecordedRows } from '#app/messaging';
import type { StatementRunner } from '#app/postgres';

/** Adds events to the histories of their contacts. */
export type RecordHistory = (runner: StatementRunner, events: readonly ContactSyncEvent[]) => Promise<void>;

/** Records events in the transaction of their change: in the outbox, and in the history that the features provide. */
export class EventRecorder {
  constructor(
    private readonly outbox: Outbox,
    private readonly recordHistory: RecordHistory,
  ) {}

  /** Records drafts after all other statements were sent. @returns the rows, one list for each statement */
  async record(runner: StatementRunner, drafts: readonly OutboxDraft[]): Promise<RecordedRows[]> {
    if (drafts.length === 0) return [];
    const recorded = await this.outbox.record(runner, drafts);
    await this.recordHistory(runner, recorded.events);
    return [recorded];
  }
}
