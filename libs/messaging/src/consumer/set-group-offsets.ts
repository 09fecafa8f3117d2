import type { Kafka } from 'kafkajs';
import { createCluster } from '../kafka/kafka-cluster.js';

/** Member and generation of a commit from outside the group; Kafka accepts it while the group has no members. */
const NO_MEMBER = { groupGenerationId: -1, memberId: '' } as const;

/**
 * Sets a consumer group's offsets in a topic, by partition.
 *
 * Trap: kafkajs's own function joins the group as a member, and waits five seconds for a fetch.
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
