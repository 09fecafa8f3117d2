import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { readRecording, type RecordedEvent } from '#app/contracts';
import { kafkaOf } from '../connections.js';
import { Refused, WrongUsage } from '../events.errors.js';
import { stretchOf, type RangeOptions } from '../options/range.js';
import { judgeOf, type JudgeRecord } from '../reading/authenticity.js';
import { isOfSubject } from '../reading/event-filter.js';
import type { SourceRecord } from '../reading/shown-record.js';
import { TopicReader, type Stretch } from '../reading/topic-reader.js';
import type { Tool } from '../tool.js';

/** The source of a replay: it can be read many times, each time with the same records. */
export interface ReplaySource {
  /** Its name for people. */
  name: string;
  records(): AsyncGenerator<SourceRecord, void>;
  close(): Promise<void>;
}

interface SourceOptions extends RangeOptions {
  /** Only for a topic. */
  topic: string | undefined;
}

/** A range of a topic as it is now: later records are not part of it. */
export async function topicSource(topic: string, options: RangeOptions, { env, signal }: Tool): Promise<TopicSource> {
  const reader = await TopicReader.open({
    kafka: kafkaOf(env),
    topics: [topic],
    signal,
    judge: judgeOf(env),
    partitions: env.partitions,
  });
  try {
    return new TopicSource(topic, reader, await stretchOf(reader, options), options);
  } catch (error) {
    await reader.close();
    throw error;
  }
}

class TopicSource implements ReplaySource {
  constructor(
    readonly name: string,
    private readonly reader: TopicReader,
    readonly stretch: Stretch,
    private readonly options: RangeOptions,
  ) {}

  async *records(): AsyncGenerator<SourceRecord, void> {
    const isWanted = isOfSubject(this.options);
    for await (const record of this.reader.read(this.stretch)) if (isWanted(record)) yield record;
  }

  close(): Promise<void> {
    return this.reader.close();
  }
}

/** A recording, or the part of it that the options select. */
export class FileSource implements ReplaySource {
  constructor(
    readonly name: string,
    private readonly options: SourceOptions,
    private readonly isTopic: (recorded: string, named: string) => boolean,
    private readonly judge: JudgeRecord,
  ) {}

  async *records(): AsyncGenerator<SourceRecord, void> {
    if (!(await stat(this.name)).isFile()) throw new Refused(`${this.name} is no file: a replay reads it more than once.`);
    const topics = new Set<string>();
    for await (const event of readRecording(linesOf(this.name))) {
      if (!this.isWanted(event)) continue;
      topics.add(event.topic);
      if (topics.size > 1) throw new WrongUsage(`The recording holds ${[...topics].join(' and ')}: name one with --topic.`);
      const record = sourceOf(event);
      const unauthentic = this.judge(record);
      yield unauthentic === undefined ? record : { ...record, unauthentic };
    }
  }

  async close(): Promise<void> {}

  private isWanted({ topic, partition, offset, timestamp, key }: RecordedEvent): boolean {
    const { since = -Infinity, until = Infinity, fromOffset = 0, toOffset = Infinity } = this.options;
    return (
      (this.options.topic === undefined || this.isTopic(topic, this.options.topic)) &&
      (!this.options.partition || this.options.partition.includes(partition)) &&
      timestamp >= since &&
      timestamp < until &&
      Number(offset) >= fromOffset &&
      Number(offset) < toOffset &&
      isOfSubject(this.options)({ topic, key: key && Buffer.from(key) })
    );
  }
}

/** The lines of a file, also of a compressed one. */
async function* linesOf(file: string): AsyncGenerator<string, void> {
  let rest = '';
  for await (const chunk of textOf(file)) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  yield rest;
}

/** @throws {Refused} where a compressed file is damaged */
async function* textOf(file: string): AsyncGenerator<string, void> {
  const input = createReadStream(file);
  // A failing pipeline destroys its output with the error, and the iterator throws it.
  const content = file.endsWith('.gz') ? pipeline(input, createGunzip(), () => undefined) : input;
  try {
    yield* content.setEncoding('utf8');
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith('Z_')) throw new Refused(`${file} is cut or no gzip file.`);
    throw error;
  }
}

const sourceOf = ({ topic, partition, offset, timestamp, key, headers, value }: RecordedEvent): SourceRecord => ({
  topic,
  partition,
  offset: Number(offset),
  timestamp,
  key: key && Buffer.from(key),
  value: value && Buffer.from(value),
  // Trap: the types of kafkajs do not say that a header's value can be null.
  headers: Object.fromEntries(
    Object.entries(headers).map(([name, one]) => [
      name,
      Array.isArray(one) ? one.map((each) => each && Buffer.from(each)) : one && Buffer.from(one),
    ]),
  ) as SourceRecord['headers'],
});
