import { Logger } from '@nestjs/common';
import { eventually } from '#app/system/testing';
import { Partitioners } from 'kafkajs';
import { createKafka } from './kafka-client.js';

/** Later than a topic of the producers' time accepts: such a record is never stored, so it shows the limit and changes nothing. */
const TOO_LATE = String(Date.UTC(2200, 0));
/** More than a batch adds to one value. */
const OVERHEAD_BYTES = 150;

/**
 * Waits until every partition refuses records over the limit, and no smaller ones.
 * The topic must have `message.timestamp.type` CreateTime: with the broker's time a probe would be stored.
 * Trap: a broker answers a changed setting before it applies it, and describes it as changed.
 */
export async function untilLimited(brokers: string[], topic: string, maxBytes: number): Promise<void> {
  const kafka = createKafka({ brokers, clientId: 'record-limit' }, new Logger('Kafka'));
  const producer = kafka.producer({ createPartitioner: Partitioners.LegacyPartitioner });
  const admin = kafka.admin();
  await Promise.all([producer.connect(), admin.connect()]);
  const refusal = async (partition: number, bytes: number): Promise<string> => {
    const messages = [{ partition, value: 'x'.repeat(bytes), timestamp: TOO_LATE }];
    const error: unknown = await producer.send({ topic, messages }).then(
      () => ({ type: 'none' }),
      (reason: unknown) => reason,
    );
    return (error as { type?: string }).type ?? String(error);
  };
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    for (const { partitionId } of topics[0]!.partitions)
      await eventually(async () => {
        const larger = await refusal(partitionId, maxBytes);
        const smaller = maxBytes > OVERHEAD_BYTES ? await refusal(partitionId, maxBytes - OVERHEAD_BYTES) : 'INVALID_TIMESTAMP';
        if (larger !== 'MESSAGE_TOO_LARGE' || smaller !== 'INVALID_TIMESTAMP')
          throw new Error(`Partition ${partitionId} answers ${larger} to a larger record and ${smaller} to a smaller one.`);
      });
  } finally {
    await Promise.all([producer.disconnect(), admin.disconnect()]);
  }
}
