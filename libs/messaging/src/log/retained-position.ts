import type { FeedCursor } from './feed-cursor.js';
import { ExpiredCursor, OtherPartitions } from './feed.errors.js';
import { isOutOfRange } from '../kafka/kafka-cluster.js';
import type { TopicLog } from './topic-log.js';

/** How far the clocks of publishers may be ahead of this process's clock. */
const CLOCK_SKEW_MS = 5_000;

/**
 * Checks that a log still holds all records after a position.
 * @throws {ExpiredCursor} where retention has deleted some, or the log is another one of the same name:
 * it ends before the position, or holds records before the position that are younger than the cursor
 * @throws {OtherPartitions}
 */
export async function assertRetained(log: TopicLog, { layout, position, time }: FeedCursor): Promise<void> {
  if (!log.layout.equals(layout)) throw new OtherPartitions();
  const [starts, ends, younger] = await Promise.all([log.starts(), log.ends(), log.since(time + CLOCK_SKEW_MS)]);
  const isAssigned = position.every((offset, partitionIndex) => {
    const isSameLog = younger[partitionIndex]! < 0 || younger[partitionIndex]! >= offset;
    return offset >= starts[partitionIndex]! && offset <= ends[partitionIndex]! && isSameLog;
  });
  if (!isAssigned) throw new ExpiredCursor();
}

/** Whether an error means that a position is no longer retained; another attempt does not help. */
export const isNoLongerRetained = (error: unknown): boolean => error instanceof ExpiredCursor || isOutOfRange(error);
