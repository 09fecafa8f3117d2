import { setTimeout as delay } from 'node:timers/promises';
import { TOPIC_SETTINGS, topicOf, type TopicName } from '#app/contracts';
import kafkajs, { type Admin, type Kafka } from 'kafkajs';

/** Settings of the topics that hang on the cluster. */
export interface TopicOptions {
  prefix: string;
  /** Fixed for the life of a topic: the order per key hangs on it. */
  partitions: number;
  replicationFactor: number;
  minInsyncReplicas: number;
}

/** A topic that exists with other settings than the promises of the contract need. */
export class TopicMismatch extends Error {
  override readonly name = 'TopicMismatch';
}

/**
 * Makes the topics that are missing, and checks those that are there.
 * @returns the full names of the topics that were made
 * @throws {TopicMismatch} naming every setting that differs
 */
export async function ensureTopics(kafka: Kafka, options: TopicOptions): Promise<string[]> {
  const admin = kafka.admin({ retry: { retries: 10, initialRetryTime: 200 } });
  await admin.connect();
  try {
    const wanted = Object.keys(TOPIC_SETTINGS) as TopicName[];
    const existing = new Set(await admin.listTopics());
    const missing = wanted.filter((name) => !existing.has(topicOf(name, options.prefix)));
    if (missing.length > 0) await create(admin, missing, options);
    for (const name of missing) await untilServed(admin, topicOf(name, options.prefix));
    await check(admin, wanted, options);
    return missing.map((name) => topicOf(name, options.prefix));
  } finally {
    await admin.disconnect();
  }
}

const settingsOf = (name: TopicName, { minInsyncReplicas }: TopicOptions): Record<string, string> => ({
  ...TOPIC_SETTINGS[name],
  'min.insync.replicas': String(minInsyncReplicas),
  'unclean.leader.election.enable': 'false',
});

async function create(admin: Admin, names: TopicName[], options: TopicOptions): Promise<void> {
  await admin.createTopics({
    // kafkajs waits for leaders by reading every topic of the cluster, and fails on any that has none: wait ourselves.
    waitForLeaders: false,
    topics: names.map((name) => ({
      topic: topicOf(name, options.prefix),
      numPartitions: options.partitions,
      replicationFactor: options.replicationFactor,
      configEntries: Object.entries(settingsOf(name, options)).map(([key, value]) => ({ name: key, value })),
    })),
  });
}

async function check(admin: Admin, names: TopicName[], options: TopicOptions): Promise<void> {
  const topics = names.map((name) => topicOf(name, options.prefix));
  const partitions = await partitionCounts(admin, topics);
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
  });
  const differences = names.flatMap((name) => {
    const topic = topicOf(name, options.prefix);
    const actual = new Map(
      resources
        .find((resource) => resource.resourceName === topic)
        ?.configEntries.map((entry) => [entry.configName, entry.configValue]),
    );
    const wanted = Object.entries(settingsOf(name, options));
    const found = wanted
      .filter(([key, value]) => actual.get(key) !== value)
      .map(([key, value]) => `${topic}: ${key} is ${actual.get(key)}, must be ${value}`);
    const count = partitions.get(topic);
    return count === options.partitions
      ? found
      : [`${topic}: has ${count} partitions, must have ${options.partitions}`, ...found];
  });
  if (differences.length > 0) throw new TopicMismatch(`Topics differ from what is asked for:\n  ${differences.join('\n  ')}`);
}

async function partitionCounts(admin: Admin, topics: string[]): Promise<Map<string, number>> {
  const metadata = await patiently(() => admin.fetchTopicMetadata({ topics }));
  return new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length]));
}

/** A new topic is named a moment before its leaders serve it: only their answer says that it can be used. */
async function untilServed(admin: Admin, topic: string): Promise<void> {
  await patiently(() => admin.fetchTopicOffsets(topic));
}

async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === 50) throw error;
      await delay(100);
    }
  }
}
