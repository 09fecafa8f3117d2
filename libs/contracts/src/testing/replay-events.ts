import { decodeRecord, type DecodedRecord } from '../event.codec.js';
import type { ContactSyncEvent } from '../events.js';
import { recordsOf, type HistoryEntry, type HistoryRecord } from './history.js';
import { VirtualTime } from './virtual-time.js';

/** What a handler gets beside the event. */
export interface ReplayContext {
  record: HistoryRecord;
  /** Stands at the event's own time. */
  time: VirtualTime;
}

export type EventHandler = (event: ContactSyncEvent, context: ReplayContext) => unknown;
type Tombstone = Extract<DecodedRecord, { kind: 'tombstone' }>;

export interface ReplayOptions {
  /** Takes tombstones; without it they are skipped, as by a reader that has seen the removal. */
  tombstone?: (tombstone: Tombstone, context: ReplayContext) => unknown;
  /** A clock of the test, for instance to move it on after the replay. */
  time?: VirtualTime;
}

/**
 * Calls a handler with each event of a recording or of built events, one after the other, while virtual time passes as it did then: timers of
 * the handler run between the events. Unknown events are skipped.
 * @returns the clock, at the last event
 * @throws what the handler throws, and what `decodeRecord` throws
 */
export async function replayEvents(
  entries: readonly HistoryEntry[],
  handle: EventHandler,
  { tombstone, time = new VirtualTime() }: ReplayOptions = {},
): Promise<VirtualTime> {
  for (const record of recordsOf(entries)) {
    const decoded = decodeRecord(record);
    if (decoded.kind === 'unknown') continue;
    const at = decoded.kind === 'event' ? Date.parse(decoded.event.time) : time.now();
    await time.advanceTo(Number.isNaN(at) ? time.now() : at);
    if (decoded.kind === 'event') await handle(decoded.event, { record, time });
    else await tombstone?.(decoded, { record, time });
  }
  return time;
}
