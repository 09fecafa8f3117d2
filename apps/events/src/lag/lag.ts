import { TopicIds } from '#app/messaging/light';
import type pg from 'pg';
import { kafkaOf, onDatabase } from '../connections.js';
import { withLetters } from '../dead-letters/letter-box.js';
import type { EventsEnv } from '../env.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { readApplied } from '../reading/applied-offsets.js';
import { print, printJson, type Tool } from '../tool.js';
import { askHealth } from './auth-health.js';
import { describeLag, type OutboxLag, type PartitionLag, type TopicsLag } from './lag.report.js';

export async function showLag({ json }: { json?: boolean }, tool: Tool): Promise<ExitCode> {
  const { env } = tool;
  const [outbox, auth] = await Promise.all([onDatabase(env.gatewayDatabaseUrl, readOutbox), askHealth(env.authUrl)]);
  const show = (topics: TopicsLag | null): void => {
    if (json)
      printJson(tool, { outbox, partitions: topics?.partitions ?? null, dead_letters: topics?.deadLetters ?? null, auth });
    else print(tool, describeLag({ outbox, topics, auth }, env));
  };
  const topics = await readTopics(tool).catch((error: unknown) => {
    // An outbox grows while Kafka is away: its rows and their age are what is asked for then.
    show(null);
    throw error;
  });
  show(topics);
  return (auth?.stopped.length ?? 0) > 0 ? EXIT.found : EXIT.done;
}

async function readTopics(tool: Tool): Promise<TopicsLag> {
  const [partitions, deadLetters] = await Promise.all([
    readPartitions(tool.env),
    withLetters(tool, ({ letters }) => letters.filter(({ outcome }) => outcome === null).length),
  ]);
  return { partitions, deadLetters };
}

export async function readOutbox(database: pg.Client): Promise<OutboxLag> {
  const { rows } = await database.query<{ rows: number; oldest: number | null }>(
    `select count(*)::int as rows, extract(epoch from clock_timestamp() - min(created_at))::float as oldest from outbox`,
  );
  return { rows: rows[0]!.rows, oldest_seconds: rows[0]!.oldest };
}

export async function readPartitions(env: EventsEnv): Promise<PartitionLag[]> {
  const topic = env.topic('portal-logins.v1');
  const kafka = kafkaOf(env);
  const admin = kafka.admin();
  await admin.connect();
  try {
    const topicIds = new TopicIds(kafka);
    const partitions = await onDatabase(env.authDatabaseUrl, (auth) => readApplied({ auth, admin, topicIds, topic }));
    return partitions
      .map(({ partition, low, end, applied }) => ({ topic, partition, applied, end, behind: end - Math.max(low, applied ?? 0) }))
      .sort((a, b) => a.partition - b.partition);
  } finally {
    await admin.disconnect();
  }
}
