import type { LogPosition } from '#app/messaging/light';
import type { Kafka } from 'kafkajs';
import type { JudgeRecord } from '../reading/authenticity.js';
import { TopicReader } from '../reading/topic-reader.js';
import { KeyEnds, keyOf } from './key-ends.js';
import { sendRecords } from './record-sender.js';

/** The last and newest records of some keys on a topic, up to an offset. */
export interface LiveEnds {
  ends: KeyEnds;
  to: LogPosition;
}

interface Reading {
  /** Where an earlier read ended. @default the topic's beginning */
  before?: LiveEnds | undefined;
  /** @default the topic's current end */
  until?: LogPosition | undefined;
  /** Whether the newest records are kept, or only their ranks. */
  keep?: boolean;
}

/** Up to so many keys, only the keys' partitions are read. */
const FEW_KEYS = 100;

export interface LiveTopic {
  kafka: Kafka;
  topic: string;
  signal: AbortSignal;
  judge: JudgeRecord;
  /** The number of partitions that the gateway publishes to; undefined for a topic that it does not publish to. */
  partitions: number | undefined;
}

/** The current end of a live topic. */
export async function currentEnd(live: LiveTopic): Promise<LogPosition> {
  const reader = await readerOf(live);
  try {
    return (await reader.all()).to;
  } finally {
    await reader.close();
  }
}

/** The last and newest records of some keys on a live topic, in a range. */
export async function readEnds(live: LiveTopic, keys: ReadonlySet<string>, options: Reading = {}): Promise<LiveEnds> {
  const { before, keep = false } = options;
  const reader = await readerOf(live);
  try {
    const { from, to: end } = await reader.all();
    const to = options.until ?? end;
    const ends = before?.ends ?? new KeyEnds();
    const isFew = keys.size <= FEW_KEYS && [...keys].every((key) => /^\d+$/.test(key));
    const stretch = reader.narrowed({ from: before?.to ?? from, to }, isFew ? [...keys] : undefined);
    for await (const record of reader.read(stretch)) if (keys.has(keyOf(record))) ends.note(record, { keep });
    return { ends, to };
  } finally {
    await reader.close();
  }
}

const readerOf = ({ kafka, topic, signal, judge, partitions }: LiveTopic): Promise<TopicReader> =>
  TopicReader.open({ kafka, topics: [topic], signal, judge, ...(partitions && { partitions }) });

/**
 * Makes each key of a live topic end on its newest version after other records were published: sends the newest records once
 * more, also those that were published during the replay.
 * @returns how many records it sent
 */
export async function restoreNewest(live: LiveTopic, keys: ReadonlySet<string>, before?: LiveEnds): Promise<number> {
  let known = await readEnds(live, keys, { before });
  let restored = 0;
  for (;;) {
    const astray = new Set(known.ends.astray.map(({ key }) => key));
    if (astray.size === 0) return restored;
    // Only these are kept whole: all records of a large topic would be too much.
    const { ends } = await readEnds(live, astray, { keep: true });
    const newest = ends.astray.flatMap(({ record }) => record ?? []);
    // What the topic holds ends well: retention or compaction has taken what was newer.
    if (newest.length === 0) return restored;
    restored += await sendRecords(live.kafka, toAsync(newest), live);
    known = await readEnds(live, keys, { before: known });
  }
}

/** Existing items as an async iterable. */
// eslint-disable-next-line @typescript-eslint/require-await -- what it feeds takes what comes
export async function* toAsync<T>(items: Iterable<T>): AsyncGenerator<T, void> {
  yield* items;
}
