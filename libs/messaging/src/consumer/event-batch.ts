import type { ContactSyncEvent, EventName } from '#app/contracts';
import { BaseRpcContext } from '@nestjs/microservices';

/** Where a batch ends: the handler stores `nextOffset` in the transaction in which it stores what the batch led to. */
export interface BatchPosition {
  /** Full topic name. */
  topic: string;
  partition: number;
  /** Offset of the first record behind the batch. */
  nextOffset: number;
}

/** One record of a batch, read. */
export type EventEntry<N extends EventName = EventName> =
  | {
      kind: 'event';
      event: ContactSyncEvent<N>;
      /**
       * The handler refused this record for good before, and its bytes are in the dead letters by now.
       * It comes a last time, so that what is safe of it can be taken over.
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

/** What a handler learns beside the entries of its batch. */
export class EventBatchContext extends BaseRpcContext<[BatchPosition]> {
  constructor(position: BatchPosition) {
    super([position]);
  }

  get position(): BatchPosition {
    return this.args[0];
  }
}
