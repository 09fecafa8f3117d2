import { encodeEvent, type EventRecord } from '../event.codec.js';
import type { ReceivedRecord } from '../event.envelope.js';
import type { ContactSyncEvent } from '../events.js';
import { TOPIC_SETTINGS, type TopicName } from '../topics.js';

/** A record of a history: an `EventRecord`, a recorded one, or a Kafka client's. The topic may have a prefix. */
export interface HistoryRecord extends ReceivedRecord {
  topic: string;
}

/** An entry of a history in a test: a built event or a record. */
export type HistoryEntry = ContactSyncEvent | HistoryRecord;

/** Encodes events as the gateway does, and keeps records unchanged. */
export const recordsOf = (entries: readonly HistoryEntry[]): HistoryRecord[] =>
  entries.map((one): HistoryRecord | EventRecord => ('topic' in one ? one : encodeEvent(one)));

/** Groups records by topic and key, within which the order counts. Groups are in the order of their first records. */
export function streamsOf(records: readonly HistoryRecord[]): HistoryRecord[][] {
  const streams = new Map<string, HistoryRecord[]>();
  for (const record of records) {
    const name = `${record.topic}/${keyOf(record)}`;
    const stream = streams.get(name);
    if (stream) stream.push(record);
    else streams.set(name, [record]);
  }
  return [...streams.values()];
}

/** The key as text. */
export const keyOf = ({ key }: ReceivedRecord): string =>
  typeof key === 'string' ? key : new TextDecoder().decode(key ?? undefined);

const TOPIC_NAMES = Object.keys(TOPIC_SETTINGS) as TopicName[];

/** The contract's topic, whatever the prefix; undefined for any other topic. */
export const topicNameOf = (topic: string): TopicName | undefined =>
  TOPIC_NAMES.find((name) => topic === name || topic.endsWith(`.${name}`));

/** Whether older records of a key disappear from the topic. */
export function isCompacted(topic: string): boolean {
  const name = topicNameOf(topic);
  return name !== undefined && TOPIC_SETTINGS[name]['cleanup.policy'] === 'compact';
}
