import type { Logger } from '@nestjs/common';
import { decodeRecord } from '#app/contracts';
import type { LogRecord } from '#app/messaging';
import { streamedEvent, type StreamedEvent } from './streamed-event.js';

const QUIET_MS = 60_000;

/** Reads records of the topics for streams. It skips and counts records that are no event of this contract: no record ends a stream. */
export class EventReader {
  /** Unreadable records since the process started. */
  skipped = 0;
  private reportedAt = -Infinity;

  constructor(private readonly logger: Logger) {}

  /** The event of a record; undefined for tombstones and unreadable records. */
  readonly read = (record: LogRecord): StreamedEvent | undefined => {
    try {
      const decoded = decodeRecord(record);
      if (decoded.kind === 'event') return streamedEvent(decoded.event);
      if (decoded.kind === 'unknown') this.skip(record, `unknown type ${decoded.type}`);
    } catch (error) {
      this.skip(record, (error as Error).message);
    }
    return undefined;
  };

  /** Logs at intervals: many such records must not fill the log. */
  private skip({ topic, partitionIndex, offset }: LogRecord, reason: string): void {
    this.skipped++;
    if (Date.now() - this.reportedAt < QUIET_MS) return;
    this.reportedAt = Date.now();
    this.logger.warn({ msg: 'Streams pass over a record.', topic, partitionIndex, offset, reason, skipped: this.skipped });
  }
}
