import { table } from '@app/terminal';
import type pg from 'pg';
import { kafkaOf, onDatabase } from '../connections.js';
import { print, printJson, type Tool } from '../tool.js';

/** What waits in the gateway's outbox. */
export interface OutboxLag {
  rows: number;
  /** Seconds; null where nothing waits. */
  oldestSeconds: number | null;
}

/** How far the auth app has applied a partition. */
export interface PartitionLag {
  topic: string;
  partition: number;
  /** The next offset that the auth app will apply; null before its first. */
  applied: number | null;
  end: number;
  behind: number;
}

export async function showLag({ json }: { json?: boolean }, tool: Tool): Promise<void> {
  const { env } = tool;
  const [outbox, partitions] = await Promise.all([onDatabase(env.gatewayDatabaseUrl, readOutbox), readPartitions(tool)]);
  if (json) return printJson(tool, { outbox, partitions });
  print(tool, describeOutbox(outbox));
  print(tool, describePartitions(partitions));
}

async function readOutbox(database: pg.Client): Promise<OutboxLag> {
  const { rows } = await database.query<{ rows: number; oldest: number | null }>(
    `select count(*)::int as rows, extract(epoch from clock_timestamp() - min(created_at))::float as oldest from outbox`,
  );
  return { rows: rows[0]!.rows, oldestSeconds: rows[0]!.oldest };
}

/** By the auth app's own database, which alone decides where it goes on; what Kafka knows of the group is for other tools. */
async function readPartitions({ env }: Tool): Promise<PartitionLag[]> {
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

const describeOutbox = ({ rows, oldestSeconds }: OutboxLag): string =>
  rows === 0 ? 'Outbox: empty' : `Outbox: ${rows.toLocaleString('en')} rows, the oldest ${oldestSeconds?.toFixed(1)} s old`;

const describePartitions = (partitions: readonly PartitionLag[]): string =>
  table([
    ['TOPIC', 'PARTITION', 'APPLIED', 'END', 'BEHIND'],
    ...partitions.map(({ topic, partition, applied, end, behind }) =>
      [topic, partition, applied ?? '-', end, behind].map((cell) => String(cell)),
    ),
  ]);
