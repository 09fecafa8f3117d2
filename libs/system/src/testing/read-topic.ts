import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel, type EachBatchPayload, type IHeaders, type KafkaMessage } from 'kafkajs';
import type { Patience } from './eventually.js';

const RETRY_MS = 100;

/** A record as any client sees it, with text for bytes. */
export interface TopicRecord {
  partition: number;
  /** Above 2^53 it would lose digits as a number. */
  offset: string;
  key: string | null;
  /** Null is a tombstone. */
  value: string | null;
  /** The value to the byte: as text, what is no UTF-8 is lost. */
  bytes: Buffer | null;
  headers: Record<string, string>;
  /** Milliseconds since 1970. */
  timestamp: number;
}

/** Which records to read, and when there are enough. Without `count` and `until`: all that is there now. */
export interface TopicSelection extends Pick<Patience, 'timeoutMs'> {
  /** Only the records with this key. */
  key?: string;
  /** At least so many. */
  count?: number;
  /** Until this holds. */
  until?: (records: TopicRecord[]) => boolean;
}

/**
 * Reads a topic from its beginning. Records of one partition, so those of one key too, come in their order.
 * @throws {Error} when there are not enough in time, with those that were seen
 */
export async function readTopic(brokers: string[], topic: string, selection: TopicSelection = {}): Promise<TopicRecord[]> {
  const { timeoutMs = 10_000 } = selection;
  const kafka = new Kafka({ brokers, clientId: 'test-reader', logLevel: logLevel.NOTHING });
  const isEnough = await whenEnough(kafka, topic, selection);
  const deadline = Date.now() + timeoutMs;
  let seen: Seen = { records: [], positions: new Map() };
  while (!isEnough(seen)) {
    if (Date.now() > deadline) throw new Error(tooFew(topic, timeoutMs, seen));
    seen = { records: [], positions: new Map() };
    await readUntil(kafka, topic, { ...selection, seen, isEnough, deadline }).catch(waitIfRetriable);
  }
  return seen.records;
}

/** What was read so far: the records asked for, and how far each partition was read. */
interface Seen {
  records: TopicRecord[];
  positions: Map<number, bigint>;
}

type IsEnough = (seen: Seen) => boolean;
type Reading = TopicSelection & { seen: Seen; isEnough: IsEnough; deadline: number };

/** Reads until there is enough, or time is out. */
async function readUntil(kafka: Kafka, topic: string, { key, seen, isEnough, deadline }: Reading): Promise<void> {
  const consumer = kafka.consumer({ groupId: `test-reader-${randomUUID()}`, maxWaitTimeInMs: 100 });
  const { promise: over, resolve, reject } = Promise.withResolvers<void>();
  consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
  const timer = setTimeout(resolve, deadline - Date.now());
  const eachBatch = ({ batch }: EachBatchPayload): Promise<void> => {
    const records = batch.messages.map((message) => recordOf(batch.partition, message));
    seen.records.push(...records.filter((record) => key === undefined || record.key === key));
    seen.positions.set(batch.partition, BigInt(batch.lastOffset()) + 1n);
    if (isEnough(seen)) resolve();
    return Promise.resolve();
  };
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await Promise.all([over, consumer.run({ autoCommit: false, eachBatch })]);
  } finally {
    clearTimeout(timer);
    await consumer.disconnect();
  }
}

/** A broker that has just started is still loading what it knows of groups. */
async function waitIfRetriable(error: Error & { retriable?: boolean }): Promise<void> {
  if (!error.retriable) throw error;
  await sleep(RETRY_MS);
}

async function whenEnough(kafka: Kafka, topic: string, { count, until }: TopicSelection): Promise<IsEnough> {
  if (count !== undefined || until) return ({ records }) => records.length >= (count ?? 0) && (until?.(records) ?? true);
  const ends = await partitionEnds(kafka, topic);
  return ({ positions }) => ends.every(({ partition, end }) => (positions.get(partition) ?? 0n) >= end);
}

async function partitionEnds(kafka: Kafka, topic: string): Promise<{ partition: number; end: bigint }[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    return offsets.flatMap(({ partition, low, high }) => (low === high ? [] : [{ partition, end: BigInt(high) }]));
  } finally {
    await admin.disconnect();
  }
}

const recordOf = (partition: number, { offset, key, value, headers = {}, timestamp }: KafkaMessage): TopicRecord => ({
  ...{ partition, offset, timestamp: Number(timestamp) },
  ...{ key: key?.toString() ?? null, value: value?.toString() ?? null, bytes: value, headers: textHeaders(headers) },
});

const textHeaders = (headers: IHeaders): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(Array.isArray(value) ? value[0] : value)]));

function tooFew(topic: string, timeoutMs: number, { records }: Seen): string {
  const seen = records.map(({ bytes: _, ...record }) => JSON.stringify(record).slice(0, 300));
  return `Not enough on ${topic} within ${timeoutMs} ms. Seen: ${seen.length === 0 ? 'nothing' : `\n${seen.join('\n')}`}`;
}
