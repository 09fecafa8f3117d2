import type { Kafka } from 'kafkajs';
import { TopicLog } from './topic-log.js';

/**
 * Where the next record of a partition is, from an offset on; the end of the log where there is none.
 * Undefined where that is not decided yet: a transaction is open there.
 */
export async function nextRecordFrom(
  kafka: Kafka,
  { topic, partition }: { topic: string; partition: number },
  from: number,
): Promise<number | undefined> {
  const log = await TopicLog.open(kafka, [topic]);
  try {
    const slot = log.layout.slotOf(topic, partition);
    const position = await log.ends();
    const end = position[slot]!;
    position[slot] = from;
    while (position[slot] < end) {
      const [chunk] = await log.fetchNow(position, [slot]);
      if (!chunk) return position[slot] === from ? undefined : position[slot];
      if (chunk.records.length > 0) return chunk.records[0]!.offset;
      position[slot] = chunk.next;
    }
    return position[slot];
  } finally {
    await log.close();
  }
}
