import { encodeEvent, type EventRecord, type ReceivedRecord } from '../event.codec.js';
import type { ContactSyncEvent } from '../events.js';
import { TOPIC_SETTINGS, type TopicName } from '../topics.js';

/** A record of a history: an `EventRecord`, a recorded one, or whatever a Kafka client gave. The topic may have a prefix. */
export interface HistoryRecord extends ReceivedRecord {
  topic: string;
}

/** What tests are written with: events as the builders make them, records as they were recorded. */
export type Told = ContactSyncEvent | HistoryRecord;

/** Events as the records that a gateway would write; records as they are. */
export const recordsOf = (told: readonly Told[]): HistoryRecord[] =>
  told.map((one): HistoryRecord | EventRecord => ('topic' in one ? one : encodeEvent(one)));

/** The records of each key of each topic: what has an order. In the order in which the keys begin. */
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

/** Which topic of the contract it is, whatever the prefix; undefined for any other topic. */
export const topicNameOf = (topic: string): TopicName | undefined =>
  TOPIC_NAMES.find((name) => topic === name || topic.endsWith(`.${name}`));

/** Whether older records of a key disappear from the topic. */
export function isCompacted(topic: string): boolean {
  const name = topicNameOf(topic);
  return name !== undefined && TOPIC_SETTINGS[name]['cleanup.policy'] === 'compact';
}
