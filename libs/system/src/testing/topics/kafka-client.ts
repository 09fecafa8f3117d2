import kafkajs, { type Admin, type Kafka, type Producer } from 'kafkajs';
import { eventually } from '../eventually.js';

/** A busy broker hears of its controller's deletions late. */
const DELETED_MS = 90_000;

/** Addresses of brokers that need no sign-in, or a client of others. */
export type Cluster = readonly string[] | Kafka;

/** A plain client of the brokers, without the project's own delivery code. */
export const plainKafka = (cluster: Cluster, clientId = 'test'): Kafka =>
  cluster instanceof kafkajs.Kafka
    ? cluster
    : new kafkajs.Kafka({ brokers: [...cluster], clientId, logLevel: kafkajs.logLevel.NOTHING });

/** Runs work with an admin client. */
export async function withAdmin<T>(cluster: Cluster, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = plainKafka(cluster, 'test-admin').admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/**
 * Deletes topics, and waits until the broker no longer names them: such a topic would pass for one that need not be made again.
 * Trap: kafkajs's admin that has asked for a topic asks for it with all later ones, unless it has deleted it itself.
 */
export async function deleteTopicsBy(admin: Admin, topics: string[]): Promise<void> {
  await admin.deleteTopics({ topics });
  await eventually(
    async () => {
      const named = await admin.listTopics();
      const left = topics.filter((topic) => named.includes(topic));
      if (left.length > 0) throw new Error(`Still there: ${left.join(', ')}.`);
    },
    { timeoutMs: DELETED_MS },
  );
}

/** The same with an admin client of its own. */
export const deleteTopics = (cluster: Cluster, topics: string[]): Promise<void> =>
  withAdmin(cluster, (admin) => deleteTopicsBy(admin, topics));

/** Runs work with a producer that writes each record once, and makes no topic. */
export async function withProducer<T>(cluster: Cluster, work: (producer: Producer) => Promise<T>): Promise<T> {
  const producer = plainProducer(plainKafka(cluster, 'test-writer'));
  await producer.connect();
  try {
    return await work(producer);
  } finally {
    await producer.disconnect();
  }
}

/** Idempotent: records that are sent again while the leaders of a new topic are found must not be written twice. */
export const plainProducer = (kafka: Kafka): Producer =>
  kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
