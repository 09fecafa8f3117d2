import type pg from 'pg';
import { kafkaOf, onDatabase } from '../connections.js';
import { withLetters } from '../dead-letters/letter-box.js';
import type { EventsEnv } from '../env.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { print, printJson, type Tool } from '../tool.js';
import { askHealth } from './auth-health.js';
import { describeLag, type OutboxLag, type PartitionLag } from './lag.report.js';

export async function showLag({ json }: { json?: boolean }, tool: Tool): Promise<ExitCode> {
  const { env } = tool;
  const [outbox, partitions, deadLetters, auth] = await Promise.all([
    onDatabase(env.gatewayDatabaseUrl, readOutbox),
    readPartitions(env),
    withLetters(tool, ({ letters }) => letters.filter(({ outcome }) => outcome === null).length),
    askHealth(env.authUrl),
  ]);
  if (json) printJson(tool, { outbox, partitions, dead_letters: deadLetters, auth });
  else print(tool, describeLag({ outbox, partitions, deadLetters, auth }, env));
  return (auth?.stopped.length ?? 0) > 0 ? EXIT.found : EXIT.done;
}

export async function readOutbox(database: pg.Client): Promise<OutboxLag> {
  const { rows } = await database.query<{ rows: number; oldest: number | null }>(
    `select count(*)::int as rows, extract(epoch from clock_timestamp() - min(created_at))::float as oldest from outbox`,
  );
  return { rows: rows[0]!.rows, oldest_seconds: rows[0]!.oldest };
}

/** From the auth app's own database, which alone decides where it resumes; Kafka's group offsets are for other tools. */
export async function readPartitions(env: EventsEnv): Promise<PartitionLag[]> {
  const topic = env.topic('portal-logins.v1');
  const admin = kafkaOf(env).admin();
  await admin.connect();
  try {
    const [bounds, applied] = await Promise.all([
      admin.fetchTopicOffsets(topic),
      onDatabase(env.authDatabaseUrl, (database) => readApplied(database, topic)),
    ]);
    return bounds
      .map(({ partition, low, high }) => {
        const next = applied.get(partition) ?? null;
        return { topic, partition, applied: next, end: Number(high), behind: Number(high) - Math.max(Number(low), next ?? 0) };
      })
      .sort((a, b) => a.partition - b.partition);
  } finally {
    await admin.disconnect();
  }
}

async function readApplied(database: pg.Client, topic: string): Promise<Map<number, number>> {
  const { rows } = await database.query<{ partition: number; next: string }>(
    'select partition, next_offset as next from consumer_offset where topic = $1',
    [topic],
  );
  return new Map(rows.map(({ partition, next }) => [partition, Number(next)]));
}
