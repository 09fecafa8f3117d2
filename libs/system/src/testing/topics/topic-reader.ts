import { setTimeout as sleep } from 'node:timers/promises';
import type { IHeaders, Kafka, KafkaMessage } from 'kafkajs';
import { plainKafka, type Cluster } from './kafka-client.js';
import { OpenTopic, type Offsets } from './open-topic.js';

const TIMEOUT_MS = 60_000;
const RETRY_MS = 100;
/** Added to the offsets of a recreated topic, once per recreation. */
const GENERATION = 1e9;

/** A record as any client reads it, with text for bytes. */
export interface TopicRecord {
  partition: number;
  offset: number;
  key: string | null;
  /** Null is a tombstone. */
  value: string | null;
  /** The value to the byte; text would lose bytes that are not UTF-8. */
  bytes: Buffer | null;
  headers: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  timestamp: number;
}

/** What has been read of a topic. */
interface ReadTopic {
  records: TopicRecord[];
  /** The offset after the last record that was read, by partition. */
  next: Map<number, number>;
  /** Added to offsets, so that records of a recreated topic come after the earlier ones. */
  base: number;
}

/** When reading ends. */
interface Condition {
  isDone: (known: ReadTopic) => boolean;
  deadline: number;
}

/** Reads topics from their beginning, remembers the records, and continues from there. */
export class TopicReader {
  private readonly kafka: Kafka;
  private readonly topics = new Map<string, ReadTopic>();

  constructor(cluster: Cluster) {
    this.kafka = plainKafka(cluster, 'test-reader');
  }

  /** All records of a topic since it was first read. */
  async read(topic: string, timeoutMs = TIMEOUT_MS): Promise<TopicRecord[]> {
    return this.retried(topic, timeoutMs, async (open, deadline) => {
      const [starts, ends] = [await open.starts(), await open.ends()];
      const filled = [...ends].filter(([partition, end]) => starts.get(partition) !== end);
      const isDone = ({ next }: ReadTopic): boolean => filled.every(([partition, end]) => (next.get(partition) ?? 0) >= end);
      await this.readUntil(open, topic, { isDone, deadline });
    });
  }

  /**
   * Reads until the condition holds.
   * @throws {Error} when it does not hold in time, with the records that were read
   */
  async readEnough(topic: string, isEnough: (records: TopicRecord[]) => boolean, timeoutMs: number): Promise<TopicRecord[]> {
    return this.retried(topic, timeoutMs, (open, deadline) =>
      this.readUntil(open, topic, { isDone: ({ records }) => isEnough(records), deadline }),
    );
  }

  /** Notes that a topic is recreated: its records are kept, and its new records come after them. */
  madeAgain(topic: string): void {
    const known = this.known(topic);
    known.next.clear();
    known.base += GENERATION;
  }

  /** The offset after the last record that was read, by partition. */
  positions(topic: string): ReadonlyMap<number, number> {
    return this.known(topic).next;
  }

  /** A broker that has just started, or a topic that has just been made, is not ready at once. */
  private async retried(
    topic: string,
    timeoutMs: number,
    work: (open: OpenTopic, deadline: number) => Promise<void>,
  ): Promise<TopicRecord[]> {
    for (const deadline = Date.now() + timeoutMs; ; await sleep(RETRY_MS)) {
      try {
        const open = await OpenTopic.open(this.kafka, topic);
        await work(open, deadline).finally(() => open.close());
        return this.known(topic).records;
      } catch (error) {
        if (error instanceof TooFewRecords || Date.now() > deadline) throw error;
      }
    }
  }

  private async readUntil(open: OpenTopic, topic: string, { isDone, deadline }: Condition): Promise<void> {
    const known = this.known(topic);
    if (isDone(known)) return;
    const from = await placesIn(open, known.next);
    while (!isDone(known)) {
      if (Date.now() > deadline) throw new TooFewRecords(topic, known.records);
      for (const { partition, messages, next } of await open.fetch(from)) {
        for (const message of messages) take(known, partition, message);
        from.set(partition, next);
        known.next.set(partition, Math.max(known.next.get(partition) ?? 0, next));
      }
    }
  }

  private known(topic: string): ReadTopic {
    const known = this.topics.get(topic) ?? { records: [], next: new Map<number, number>(), base: 0 };
    this.topics.set(topic, known);
    return known;
  }
}

/** What is known already is not read again, but in a log that does not have its place: one that is recreated, or has lost its oldest records. */
async function placesIn(open: OpenTopic, next: Offsets): Promise<Offsets> {
  const [starts, ends] = [await open.starts(), await open.ends()];
  const isInside = (partition: number, offset: number): boolean =>
    offset >= starts.get(partition)! && offset <= ends.get(partition)!;
  return new Map(
    [...starts].map(([partition, start]) => {
      const known = next.get(partition) ?? 0;
      return [partition, isInside(partition, known) ? known : start];
    }),
  );
}

/** Too few records came in time. */
class TooFewRecords extends Error {
  override readonly name = 'TooFewRecords';

  constructor(topic: string, records: readonly TopicRecord[]) {
    const seen = records.map(({ bytes: _, ...record }) => JSON.stringify(record).slice(0, 300));
    super(`Not enough records on ${topic}. Seen: ${seen.length === 0 ? 'nothing' : `\n${seen.join('\n')}`}`);
  }
}

function take({ records, next, base }: ReadTopic, partition: number, message: KafkaMessage): void {
  const { offset, key, value, headers = {}, timestamp } = message;
  if (Number(offset) < (next.get(partition) ?? 0)) return;
  records.push({
    partition,
    offset: base + Number(offset),
    key: key?.toString() ?? null,
    value: value?.toString() ?? null,
    bytes: value,
    headers: textHeaders(headers),
    timestamp: Number(timestamp),
  });
}

const textHeaders = (headers: IHeaders): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(Array.isArray(value) ? value[0] : value)]));
