import { setTimeout as delay } from 'node:timers/promises';
import { isNoLongerRetained, partitionOf, TopicLog, type LogChunk, type LogPosition, type LogRecord } from '#app/messaging/light';
import type { Kafka } from 'kafkajs';
import { Interrupted, Refused } from '../events.errors.js';
import type { JudgeRecord } from './authenticity.js';
import type { SourceRecord } from './shown-record.js';

/** How long a broker may wait for new records. */
const FETCH_WAIT_MS = 500;
const RETRY_MS = 1_000;
const LOOK_MS = 60_000;

interface ReaderParts {
  kafka: Kafka;
  /** Full names. */
  topics: readonly string[];
  signal: AbortSignal;
  /** The number of partitions that the gateway publishes to; an operator can have added some. */
  partitions?: number;
  /** Notes on each record whether the gateway wrote it. */
  judge?: JudgeRecord;
  /** Called while following, when the broker is away and when it is back. */
  onOutage?: (isAway: boolean) => void;
  /** How often following looks for added partitions, in milliseconds. @default a minute */
  lookMs?: number;
}

/** A range of some logs: for each partition index a first offset, and the offset after the last. */
export interface Stretch {
  from: LogPosition;
  to: LogPosition;
}

/** Reads topics outside any group: existing records in time order, and new ones. */
export class TopicReader {
  private openedAt = performance.now();

  private constructor(
    private log: TopicLog,
    private readonly parts: ReaderParts,
  ) {
    // A waiting fetch is no longer needed.
    parts.signal.addEventListener('abort', () => void this.log.close(), { once: true });
  }

  static async open(parts: ReaderParts): Promise<TopicReader> {
    return new TopicReader(await TopicLog.open(parts.kafka, parts.topics), parts);
  }

  get layout() {
    return this.log.layout;
  }

  /** The current beginnings and ends of the topics. */
  async all(): Promise<Stretch> {
    const [from, to] = await this.unlessAborted(() => Promise.all([this.log.starts(), this.log.ends()]));
    return { from, to };
  }

  /** The first offset that is not older than a time; the end if there is none. */
  async since(timeMs: number): Promise<LogPosition> {
    const [since, ends] = await this.unlessAborted(() => Promise.all([this.log.since(timeMs), this.log.ends()]));
    return since.map((offset, partitionIndex) => (offset < 0 ? ends[partitionIndex]! : offset));
  }

  /** The same range, only in the partitions that hold the keys; without keys in all. */
  narrowed({ from, to }: Stretch, keys: readonly string[] | undefined): Stretch {
    if (!keys) return { from, to };
    const isWanted = this.layout.partitionIndexes.map((partitionIndex) => {
      const count = this.layout.partitionIndexesOf(this.layout.topicOf(partitionIndex)).length;
      const counts = [count, this.parts.partitions ?? count];
      const partition = this.layout.partitionOf(partitionIndex);
      return keys.some((key) => counts.some((each) => partitionOf(key, each) === partition));
    });
    return { from: from.map((offset, partitionIndex) => (isWanted[partitionIndex] ? offset : to[partitionIndex]!)), to };
  }

  /** Records of a range in time order; within a partition in offset order. */
  async *read({ from, to }: Stretch, onRead: (read: number) => void = () => undefined): AsyncGenerator<SourceRecord, void> {
    const position = [...from];
    const queues: LogRecord[][] = from.map(() => []);
    for (;;) {
      const wanted = position.flatMap((offset, partitionIndex) =>
        queues[partitionIndex]!.length === 0 && offset < to[partitionIndex]! ? [partitionIndex] : [],
      );
      if (wanted.length === 0) {
        const next = takeOldest(queues);
        if (!next) return;
        yield this.sourceOf(next);
        continue;
      }
      for (const { partitionIndex, records, next } of await this.unlessAborted(() => this.log.fetchNow(position, wanted))) {
        // Only empty queues ask for more.
        queues[partitionIndex] = records.filter(({ offset }) => offset < to[partitionIndex]!).reverse();
        onRead(Math.min(next, to[partitionIndex]!) - position[partitionIndex]!);
        position[partitionIndex] = next;
      }
    }
  }

  /** New records until the signal, those of added partitions too; an outage only delays them. */
  async *follow(from: LogPosition): AsyncGenerator<SourceRecord, void> {
    for (let position = from; !this.parts.signal.aborted;) {
      const read = await this.next(position);
      ({ position } = read);
      for (const record of read.records.sort((a, b) => a.timestamp - b.timestamp)) yield this.sourceOf(record);
    }
  }

  async close(): Promise<void> {
    await this.log.close();
  }

  /** The next records, and the position after them. */
  private async next(from: LogPosition): Promise<{ position: LogPosition; records: LogRecord[] }> {
    const { signal, onOutage, lookMs = LOOK_MS } = this.parts;
    let position = from;
    for (let isAway = false; ;) {
      try {
        if (isAway || performance.now() - this.openedAt > lookMs) position = await this.reopen(position);
        const { log } = this;
        const chunks = (await Promise.all(log.leaders.map((leader) => log.fetch(position, leader, FETCH_WAIT_MS)))).flat();
        if (isAway) onOutage?.(false);
        return { position: after(position, chunks), records: chunks.flatMap(({ records }) => records) };
      } catch (error) {
        if (signal.aborted) return { position, records: [] };
        if (isNoLongerRetained(error)) throw gone();
        await this.log.close();
        if (!isAway) onOutage?.(true);
        isAway = true;
        await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Opens the logs anew: they can have more partitions by now. @returns the position in them, at the beginning of added partitions */
  private async reopen(position: LogPosition): Promise<LogPosition> {
    const { log: former } = this;
    const log = await TopicLog.open(this.parts.kafka, this.parts.topics);
    try {
      const starts = log.layout.equals(former.layout) ? position : await log.starts();
      const moved = log.layout.carryOver(former.layout, position, (index) => starts[index]!);
      [this.log, this.openedAt] = [log, performance.now()];
      await former.close();
      return moved;
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  /** An aborted reader's log is closed, so that its calls fail; one that was aborted before it was opened asks nothing. */
  private async unlessAborted<T>(ask: () => Promise<T>): Promise<T> {
    if (this.parts.signal.aborted) throw new Interrupted();
    try {
      return await ask();
    } catch (error) {
      if (this.parts.signal.aborted) throw new Interrupted();
      throw isNoLongerRetained(error) ? gone() : error;
    }
  }

  private sourceOf({ partitionIndex, ...record }: LogRecord): SourceRecord {
    const unauthentic = this.parts.judge?.(record);
    return { ...record, partition: this.layout.partitionOf(partitionIndex), ...(unauthentic !== undefined && { unauthentic }) };
  }
}

function after(position: LogPosition, chunks: readonly LogChunk[]): LogPosition {
  const moved = [...position];
  for (const { partitionIndex, next } of chunks) moved[partitionIndex] = next;
  return moved;
}

const gone = (): Refused =>
  new Refused('The topic no longer holds the place that was to be read: retention has passed it, or the topic was made again.');

/** Takes the oldest of the queues' next records; each queue has its next one at its end. */
function takeOldest(queues: readonly LogRecord[][]): LogRecord | undefined {
  let oldest: LogRecord[] | undefined;
  for (const queue of queues) {
    const next = queue.at(-1);
    if (next && (!oldest || next.timestamp < oldest.at(-1)!.timestamp)) oldest = queue;
  }
  return oldest?.pop();
}
