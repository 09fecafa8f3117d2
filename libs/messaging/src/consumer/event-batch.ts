import type { ContactSyncEvent, EventName } from '#app/contracts';
import { BaseRpcContext } from '@nestjs/microservices';

/** End of a batch: the handler stores `nextOffset` in the transaction of the batch's changes. */
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

/** What a handler gets with the entries of its batch. */
export class EventBatchContext extends BaseRpcContext<[BatchPosition]> {
  constructor(position: BatchPosition) {
    super([position]);
  }

  get position(): BatchPosition {
    return this.args[0];
  }
}
