import type { StoredOffset } from './consumer-offsets.js';

/** Whether a stored offset belongs to an earlier topic of the same name: the topic of now has another id, as far as both are known. */
export const isOfFormerTopic = ({ topicId }: Pick<StoredOffset, 'topicId'>, id: string | undefined): boolean =>
  topicId !== null && id !== undefined && topicId !== id;

/** A log of now: the offset after a partition's last record, and its topic's id where it is known. */
interface PresentLog {
  high: number;
  id?: string | undefined;
}

/**
 * Whether a stored offset says nothing about the log of now: it belongs to an earlier topic, or the log has lost its end, or was made again.
 * Read the offset before the log's end, which the offset can pass otherwise.
 */
export const isOfFormerLog = (held: Pick<StoredOffset, 'nextOffset' | 'topicId'>, { high, id }: PresentLog): boolean =>
  held.nextOffset > high || isOfFormerTopic(held, id);
