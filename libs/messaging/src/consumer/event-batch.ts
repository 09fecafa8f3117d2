import type { ContactSyncEvent, EventName } from '#app/contracts';
import { BaseRpcContext } from '@nestjs/microservices';

/** How far a partition is read. */
export interface BatchPosition {
  /** Full topic name. */
  topic: string;
  partition: number;
  /** Offset of the first record after the batch. */
  nextOffset: number;
}

/** One decoded record of a batch. */
export type EventEntry<N extends EventName = EventName> =
  | {
      kind: 'event';
      event: ContactSyncEvent<N>;
      /**
       * The handler could not apply this record before, and the record is dead-lettered.
       * It comes a last time, so that its safe part can be applied.
       */
      deadLettered: boolean;
    }
  | {
      /** The key's state is removed as of `version`. */
      kind: 'tombstone';
      contactId: number;
      version: number;
      id: string;
    };

/** End of a batch, as it is stored. */
export interface BatchEnd extends BatchPosition {
  /** The stored offset as this process last read or wrote it; 0 where it did neither. The database has lost commits where it holds less. */
  heldOffset: number;
}

/** What a handler gets with the entries of its batch. */
export class EventBatchContext extends BaseRpcContext<[BatchEnd]> {
  constructor(position: BatchEnd) {
    super([position]);
  }

  /** The end of the batch: the handler stores it in the transaction of the batch's changes. */
  get position(): BatchEnd {
    return this.args[0];
  }
}
