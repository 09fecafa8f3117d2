import type { StoredOffset } from './consumer-offsets.js';

/** A topic of now: the offset after a partition's last record, and the topic's id where it is known. */
interface PresentLog {
  high: number;
  id?: string | undefined;
}

/**
 * Whether a stored offset belongs to an earlier topic of the same name: the topic of now has another id, or ends before the offset.
 * Read the offset before the log's end, which the offset can pass otherwise.
 */
export const isOfFormerTopic = (
  { nextOffset, topicId }: Pick<StoredOffset, 'nextOffset' | 'topicId'>,
  { high, id }: PresentLog,
): boolean => nextOffset > high || (topicId !== null && id !== undefined && topicId !== id);
