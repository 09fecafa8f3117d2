import type { WaitOptions } from '../eventually.js';
import { TopicReader, type TopicRecord } from './topic-reader.js';

/** Which records to read, and when to stop. Without `count` and `until`: all present records. */
interface TopicSelection extends Pick<WaitOptions, 'timeoutMs'> {
  /** Only the records with this key. */
  key?: string;
  /** At least this many. */
  count?: number;
  /** Until this holds. */
  until?: (records: TopicRecord[]) => boolean;
}

/**
 * Reads a topic from its beginning. Records of one partition, and so of one key, come in order.
 * @throws {Error} when too few records come in time, listing those that came
 */
export async function readTopic(
  brokers: readonly string[],
  topic: string,
  selection: TopicSelection = {},
): Promise<TopicRecord[]> {
  const { key, count, until, timeoutMs = 30_000 } = selection;
  const reader = new TopicReader(brokers);
  const ofKey = (records: TopicRecord[]): TopicRecord[] =>
    key === undefined ? records : records.filter((record) => record.key === key);
  if (count === undefined && !until) return ofKey(await reader.read(topic, timeoutMs));
  const isEnough = (records: TopicRecord[]): boolean => {
    const chosen = ofKey(records);
    return chosen.length >= (count ?? 0) && (until?.(chosen) ?? true);
  };
  return ofKey(await reader.readEnough(topic, isEnough, timeoutMs));
}
