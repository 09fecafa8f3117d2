import type { Kafka } from 'kafkajs';
import { createCluster } from '../kafka/kafka-cluster.js';

/** What a commit says that comes from no member; Kafka takes it while the group has none. */
const NO_MEMBER = { groupGenerationId: -1, memberId: '' } as const;

/**
 * Sets where a consumer group goes on in a topic, by partition.
 *
 * Trap: kafkajs' own way joins the group as a member, and waits five seconds for a fetch.
 * @throws where the group has a member
 */
export async function setGroupOffsets(
  kafka: Kafka,
  groupId: string,
  topic: string,
  offsets: ReadonlyMap<number, number>,
): Promise<void> {
  const cluster = createCluster(kafka);
  try {
    await cluster.connect();
    const coordinator = await cluster.findGroupCoordinator({ groupId });
    const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset: String(offset) }));
    await coordinator.offsetCommit({ groupId, ...NO_MEMBER, topics: [{ topic, partitions }] });
  } finally {
    await cluster.disconnect().catch(() => undefined);
  }
}
