// For programs that start often: what needs neither Nest nor the ORM, which take longer to load than a set-up to run.

// log: topics read by position, outside any consumer group
export { ExpiredCursor, FeedUnavailable, TopicMissing, UnreadableCursor } from './log/feed.errors.js';
export { isNoLongerRetained } from './log/retained-position.js';
export { type LogPosition } from './log/log-layout.js';
export { TopicLog, type LogChunk, type LogRecord } from './log/topic-log.js';
export { TopicScan, type TopicScanOptions } from './log/topic-scan.js';

// kafka: clients, topics, groups and single records
export { aclScript, type AclGroup } from './kafka/acls.js';
export { createKafka, partitionOf } from './kafka/kafka-client.js';
export { kafkaDefectOf } from './kafka/kafka-defect.js';
export { RecordPublisher, type RawRecord } from './kafka/record-publisher.js';
export { ensureTopics, TopicMismatch } from './kafka/topics.js';
export { TopicIds } from './kafka/topic-ids.js';
export { isOfFormerLog, isOfFormerTopic } from './consumer/former-topic.js';
export { setGroupOffsets } from './consumer/set-group-offsets.js';
