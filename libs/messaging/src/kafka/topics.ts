import { setTimeout as delay } from 'node:timers/promises';
import { ADDED_TOPIC_SETTINGS, TOPIC_SETTINGS, topicOf, type TopicName } from '#app/contracts/light';
import kafkajs, { type Admin, type ITopicConfig, type Kafka } from 'kafkajs';
import { changeTopicSettings } from './topic-settings.js';

/** Settings of the topics that depend on the cluster. */
interface TopicOptions {
  prefix: string;
  /** Fixed for the life of a topic, because the order per key depends on it. */
  partitions: number;
  replicationFactor: number;
  minInsyncReplicas: number;
  /** How long a broker that starts may take until it answers. @default 0 */
  brokerWaitMs?: number;
}

const PARTITIONS = 'partitions';
/** How often a broker may answer late, or lose the connection, in a row. */
const MOST_LATE = 5;

/** An existing topic has other settings than the contract's promises need. */
export class TopicMismatch extends Error {
  override readonly name = 'TopicMismatch';
}

/** The result of {@link ensureTopics}. */
interface TopicChanges {
  /** Full names of the topics that were made. */
  made: string[];
  /** Settings of existing topics that a release added, with old and new value. */
  changed: ChangedSetting[];
}

interface ChangedSetting {
  topic: string;
  name: string;
  from: string | undefined;
  to: string;
}

/**
 * Makes missing topics and checks existing ones. On existing topics it changes only the settings that a release added:
 * partitions, replication, clean-up and an operator's choices stay.
 * @throws {TopicMismatch} naming every setting that differs
 */
export async function ensureTopics(kafka: Kafka, options: TopicOptions): Promise<TopicChanges> {
  const made = new Set<string>();
  for (let late = 1; ; late++) {
    // Trap: once a broker has not answered the first question of a connection, kafkajs can use it no more.
    const admin = kafka.admin({ retry: { retries: 10, initialRetryTime: 200 } });
    let isConnected = false;
    try {
      await connect(admin, options.brokerWaitMs ?? 0);
      isConnected = true;
      const changed = await makeAndCheck(kafka, admin, { ...options, made });
      return { made: [...made], changed };
    } catch (error) {
      if (late === MOST_LATE || !(isConnected ? isLate(error) : isBare(error))) throw error;
    } finally {
      await admin.disconnect();
    }
    await delay(100);
  }
}

/** @returns the settings that were changed; names of topics that are made are added to `made` */
async function makeAndCheck(
  kafka: Kafka,
  admin: Admin,
  options: TopicOptions & { made: Set<string> },
): Promise<ChangedSetting[]> {
  const wanted = Object.keys(TOPIC_SETTINGS) as TopicName[];
  // A broker that has just started lists its topics before their leaders, which kafkajs takes for an error.
  const existing = new Set(await patiently(() => admin.listTopics()));
  const missing = wanted.filter((name) => !existing.has(topicOf(name, options.prefix)));
  for (const name of missing) options.made.add(topicOf(name, options.prefix));
  if (missing.length > 0) await create(admin, missing, options);
  for (const name of missing) await untilServed(admin, topicOf(name, options.prefix));
  const differences = await differencesOf(admin, wanted, options);
  const [added, others] = [differences.filter(isAdded), differences.filter((each) => !isAdded(each))];
  if (others.length > 0) throw new TopicMismatch(`Topics differ from what is asked for:\n  ${others.map(textOf).join('\n  ')}`);
  await addSettings(kafka, added);
  return added;
}

async function connect(admin: Admin, waitMs: number): Promise<void> {
  for (const deadline = performance.now() + waitMs; ; await delay(50)) {
    try {
      return await admin.connect();
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
  }
}

const settingsOf = (name: TopicName, { minInsyncReplicas }: TopicOptions): Record<string, string> => ({
  ...TOPIC_SETTINGS[name],
  'min.insync.replicas': String(minInsyncReplicas),
  'unclean.leader.election.enable': 'false',
});

async function create(admin: Admin, names: TopicName[], options: TopicOptions): Promise<void> {
  const { replicationFactor, minInsyncReplicas } = options;
  // A broker makes such topics, and refuses each record.
  if (minInsyncReplicas > replicationFactor)
    throw new TopicMismatch(
      `Topics with ${replicationFactor} replica${replicationFactor === 1 ? '' : 's'} cannot have ${minInsyncReplicas} in step (min.insync.replicas): they would take no record.`,
    );
  const topics = names.map((name) => ({
    topic: topicOf(name, options.prefix),
    numPartitions: options.partitions,
    replicationFactor,
    configEntries: Object.entries(settingsOf(name, options)).map(([key, value]) => ({ name: key, value })),
  }));
  // kafkajs waits for leaders by reading every topic of the cluster, and fails on any topic without a leader: wait elsewhere.
  await admin.createTopics({ waitForLeaders: false, topics }).catch((error: unknown) => {
    const refusals = refusalsOf(error);
    throw refusals.length === 0 ? error : new TopicMismatch(refusalText(refusals, topics));
  });
}

/** The settings that differ from the request; the number of partitions has the name `partitions`. */
async function differencesOf(admin: Admin, names: TopicName[], options: TopicOptions): Promise<ChangedSetting[]> {
  const topics = names.map((name) => topicOf(name, options.prefix));
  const partitions = await partitionCounts(admin, topics);
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
  });
  return names.flatMap((name) => {
    const topic = topicOf(name, options.prefix);
    const entries = resources.find(({ resourceName }) => resourceName === topic)?.configEntries ?? [];
    const actual = new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
    actual.set(PARTITIONS, String(partitions.get(topic)));
    const wanted = Object.entries({ [PARTITIONS]: String(options.partitions), ...settingsOf(name, options) });
    return wanted
      .filter(([key, value]) => actual.get(key) !== value)
      .map(([key, value]) => ({ topic, name: key, from: actual.get(key), to: value }));
  });
}

const isAdded = ({ name }: ChangedSetting): boolean => ADDED_TOPIC_SETTINGS.includes(name);

const textOf = ({ topic, name, from, to }: ChangedSetting): string =>
  name === PARTITIONS ? `${topic}: has ${from} partitions, must have ${to}` : `${topic}: ${name} is ${from}, must be ${to}`;

type Refusal = Error & { topic: string; type?: string };

/** The broker's reasons, one for each topic. @see kafkajs, which puts them into one error without a text */
const refusalsOf = (error: unknown): Refusal[] =>
  error instanceof Error && error.name === 'KafkaJSAggregateError' ? (error as Error & { errors: Refusal[] }).errors : [];

function refusalText(refusals: readonly Refusal[], topics: readonly ITopicConfig[]): string {
  const lines = refusals.map(({ topic, message, type }) => `${topic}: ${message} (${type})\n  ${creationOf(topics, topic)}`);
  return `The broker does not make the topics as asked for. Set other settings, or let them be made: the set-up then checks them alone.\n  ${lines.join('\n  ')}`;
}

function creationOf(topics: readonly ITopicConfig[], name: string): string {
  const { numPartitions, replicationFactor, configEntries = [] } = topics.find(({ topic }) => topic === name)!;
  const config = configEntries.map((entry) => `--config ${entry.name}=${entry.value}`).join(' ');
  return `kafka-topics.sh --bootstrap-server <broker> --create --topic ${name} --partitions ${numPartitions} --replication-factor ${replicationFactor} ${config}`;
}

async function addSettings(kafka: Kafka, settings: readonly ChangedSetting[]): Promise<void> {
  if (settings.length === 0) return;
  const values = settings.map(({ topic, name, to }) => ({ topic, name, value: to }));
  const answers = await changeTopicSettings(kafka, values);
  const refused = answers.flatMap(({ topic, error }) =>
    error ? [`${topic}: ${error.message}\n  ${commandFor(topic, settings)}`] : [],
  );
  if (refused.length > 0)
    throw new TopicMismatch(
      `The broker does not let the set-up change topics. Run, with the right to:\n  ${refused.join('\n  ')}`,
    );
}

function commandFor(topic: string, settings: readonly ChangedSetting[]): string {
  const config = settings.filter((each) => each.topic === topic).map(({ name, to }) => `${name}=${to}`);
  return `kafka-configs.sh --bootstrap-server <broker> --alter --entity-type topics --entity-name ${topic} --add-config ${config.join(',')}`;
}

async function partitionCounts(admin: Admin, topics: string[]): Promise<Map<string, number>> {
  const metadata = await patiently(() => admin.fetchTopicMetadata({ topics }));
  return new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length]));
}

/** A new topic is listed shortly before its leaders serve it: only their answer shows that it is usable. */
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

const LATE = ['KafkaJSRequestTimeoutError', 'KafkaJSConnectionError', 'KafkaJSConnectionClosedError'];

/** Whether a busy broker has not answered in time, or has closed the connection. For what it has done meanwhile, kafkajs takes "exists already" for done. */
const isLate = (error: unknown): boolean => error instanceof Error && (LATE.includes(error.name) || isBare(error));

/** Trap: kafkajs throws a bare error where it asks by a connection whose first question was not answered. */
const isBare = (error: unknown): boolean => error instanceof Error && error.message === 'Broker not connected';
