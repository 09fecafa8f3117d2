/** The three topics that subscribers read, and the topic of records that the auth app could not apply. */
export type TopicName = 'contacts.v1' | 'companies.v1' | 'portal-logins.v1' | 'portal-logins.v1.dead-letters';

/** Prefix of the topic names unless a deployment sets its own. Event types and sources keep `contact-sync` whatever the prefix. */
export const DEFAULT_TOPIC_PREFIX = 'contact-sync';

/** The full Kafka topic name, for instance `contact-sync.contacts.v1`. */
export const topicOf = (name: TopicName, prefix: string = DEFAULT_TOPIC_PREFIX): string => `${prefix}.${name}`;

const DAY_MS = 86_400_000;

/**
 * Records carry the time at which the broker received them. So retention, compaction and cursors of streams use the broker's clock:
 * records of a publisher with a wrong clock are neither rejected nor deleted too early.
 */
const BY_THE_BROKERS_CLOCK = { 'message.timestamp.type': 'LogAppendTime' };

/** Names of settings that a release added: the set-up changes only these on existing topics. */
export const ADDED_TOPIC_SETTINGS: readonly string[] = ['message.timestamp.type'];

/** A topic of changes: each of them is kept for a time. */
const CHANGES = {
  ...BY_THE_BROKERS_CLOCK,
  'cleanup.policy': 'delete',
  'retention.ms': String(30 * DAY_MS),
  'segment.ms': String(DAY_MS),
  'max.message.bytes': String(2 * 1024 * 1024),
  'compression.type': 'producer',
};

/**
 * Topic settings that the event contract's promises need, as Kafka names them.
 *
 * `segment.ms` bounds how long the active segment, which compaction does not touch, keeps old data: it is closed when the first record comes after that time.
 * `max.message.bytes` is the record limit that subscribers set their fetch sizes to.
 */
export const TOPIC_SETTINGS: Readonly<Record<TopicName, Readonly<Record<string, string>>>> = {
  'contacts.v1': CHANGES,
  'companies.v1': CHANGES,
  'portal-logins.v1': {
    ...BY_THE_BROKERS_CLOCK,
    'cleanup.policy': 'compact',
    'min.compaction.lag.ms': String(7 * DAY_MS),
    'max.compaction.lag.ms': String(14 * DAY_MS),
    'segment.ms': String(DAY_MS),
    'delete.retention.ms': String(30 * DAY_MS),
    'max.message.bytes': String(2 * 1024 * 1024),
    'compression.type': 'producer',
  },
  'portal-logins.v1.dead-letters': {
    ...BY_THE_BROKERS_CLOCK,
    'cleanup.policy': 'delete',
    'retention.ms': String(30 * DAY_MS),
    'segment.ms': String(DAY_MS),
    'max.message.bytes': String(2 * 1024 * 1024 + 64 * 1024),
    'compression.type': 'producer',
  },
};
