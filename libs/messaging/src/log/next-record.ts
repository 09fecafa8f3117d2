import type { Kafka } from 'kafkajs';
import { TopicLog } from './topic-log.js';

/**
 * The offset of the partition's next record at or after an offset; the end of the log where there is no such record.
 * Undefined while an open transaction leaves that undecided.
 */
export async function nextRecordFrom(
  kafka: Kafka,
  { topic, partition }: { topic: string; partition: number },
  from: number,
): Promise<number | undefined> {
  const log = await TopicLog.open(kafka, [topic]);
  try {
    const partitionIndex = log.layout.partitionIndexOf(topic, partition);
    const position = await log.ends();
    const end = position[partitionIndex]!;
    position[partitionIndex] = from;
    while (position[partitionIndex] < end) {
      const [chunk] = await log.fetchNow(position, [partitionIndex]);
      if (!chunk) return position[partitionIndex] === from ? undefined : position[partitionIndex];
      if (chunk.records.length > 0) return chunk.records[0]!.offset;
      position[partitionIndex] = chunk.next;
    }
    return position[partitionIndex];
  } finally {
    await log.close();
  }
}
