import type { FeedCursor } from './feed-cursor.js';
import { ExpiredCursor } from './feed.errors.js';
import { isOutOfRange } from '../kafka/kafka-cluster.js';
import type { TopicLog } from './topic-log.js';

/** How far the clocks of those who publish may be ahead of this one. */
const CLOCK_SKEW_MS = 5_000;

/**
 * Makes sure that a log still holds all that follows a place.
 * @throws {ExpiredCursor} where retention has passed it, or it is of another log that had the same name:
 * one with other partitions, with an end before the place, or with records before the place that are younger than the cursor
 */
export async function assertHeld(log: TopicLog, { layout, position, time }: FeedCursor): Promise<void> {
  if (!log.layout.equals(layout)) throw new ExpiredCursor();
  const [starts, ends, younger] = await Promise.all([log.starts(), log.ends(), log.since(time + CLOCK_SKEW_MS)]);
  const isAssigned = position.every((offset, slot) => {
    const isSameLog = younger[slot]! < 0 || younger[slot]! >= offset;
    return offset >= starts[slot]! && offset <= ends[slot]! && isSameLog;
  });
  if (!isAssigned) throw new ExpiredCursor();
}

/** Whether an error says that a place is no longer held: trying again does not bring it back. */
export const isGone = (error: unknown): boolean => error instanceof ExpiredCursor || isOutOfRange(error);
