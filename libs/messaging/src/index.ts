export * from './light.js';

// outbox: events in the transaction of their change, and their way to the broker
export { Outbox, type OutboxDraft } from './outbox/outbox.js';
export { OutboxBound } from './outbox/outbox-bound.js';
export { OutboxRelay, RELAY_STATES, type RelayReport } from './outbox/outbox.relay.js';
export { type RecordStamp } from './outbox/partition-batches.js';
export { type RecordedRows } from './outbox/recent-rows.js';
export { RELAY_LOCK } from './outbox/relay-lease.js';

// consumer: records to handlers, offsets with what the records led to
export { type Authenticate, type Authenticity } from './consumer/authenticity.js';
export { BatchDelivery, type Handler } from './consumer/batch-delivery.js';
export { type FailureKind } from './consumer/consume-failure.js';
export { ConsumerOffset } from './consumer/consumer-offset.entity.js';
export { readOffsets, storeOffset, type ForgetNotes } from './consumer/consumer-offsets.js';
export { ConsumerState, type ConsumerReport } from './consumer/consumer-state.js';
export { EventBatchContext, type BatchEnd, type BatchPosition, type EventEntry } from './consumer/event-batch.js';
export { KafkaEventStrategy } from './consumer/kafka-event.strategy.js';
export { ParkedRecords } from './consumer/parked-records.js';
export { RethrowFilter } from './consumer/rethrow.filter.js';

// log: topics read by position, outside any consumer group
export { EventFeed, type FeedMark } from './log/event-feed.js';
export type { FeedCursor } from './log/feed-cursor.js';
export { type FeedListener } from './log/feed-follower.js';
export { ReplayStopped, TopicReplay } from './log/topic-replay.js';

// kafka: the broker's health
export { BrokerProbe } from './kafka/broker-probe.js';
