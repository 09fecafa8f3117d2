import { setTimeout as delay } from 'node:timers/promises';
import { TOPIC_SETTINGS } from '#app/contracts';
import { TopicLog } from '#app/messaging/light';
import type { Admin, Kafka } from 'kafkajs';
import type { EventsEnv } from '../env.js';
import { fullTopic } from '../options/topics.js';

const UNKNOWN = 'UNKNOWN_TOPIC_OR_PARTITION';
const POLL_MS = 100;

/** Whether a topic exists, and whether it ever had a record. */
export async function topicState(kafka: Kafka, topic: string): Promise<'missing' | 'empty' | 'written'> {
  return withAdmin(kafka, async (admin) => {
    try {
      const bounds = await admin.fetchTopicOffsets(topic);
      return bounds.every(({ high }) => high === '0') ? 'empty' : 'written';
    } catch (error) {
      if (typeOf(error) === UNKNOWN) return 'missing';
      throw error;
    }
  });
}

/** Makes a topic like another one of the deployment: with its partitions, replicas and settings. */
export async function createCopy(kafka: Kafka, topic: string, like: string, env: EventsEnv): Promise<void> {
  await withAdmin(kafka, async (admin) => {
    const original = fullTopic(env, like);
    const { topics } = await admin.fetchTopicMetadata({ topics: [original] });
    const { partitions } = topics[0]!;
    const [, settings = {}] = Object.entries(TOPIC_SETTINGS).find(([name]) => original.endsWith(`.${name}`)) ?? [];
    await admin.createTopics({
      waitForLeaders: false,
      topics: [
        {
          topic,
          numPartitions: partitions.length,
          replicationFactor: partitions[0]!.replicas.length,
          configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
        },
      ],
    });
  });
  await untilServed(kafka, topic);
}

/** A new topic is listed a moment before its leaders serve it. */
async function untilServed(kafka: Kafka, topic: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const log = await TopicLog.open(kafka, [topic]);
      return await log
        .ends()
        .then(() => undefined)
        .finally(() => log.close());
    } catch (error) {
      if (attempt === 50) throw error;
      await delay(POLL_MS);
    }
  }
}

async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

function typeOf(error: unknown): string | undefined {
  const { type, cause } = error as { type?: string; cause?: unknown };
  return type ?? (cause ? typeOf(cause) : undefined);
}
