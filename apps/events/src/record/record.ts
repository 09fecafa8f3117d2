import { writeRecording, type RecordedEvent } from '#app/contracts';
import { counted } from '#app/terminal';
import { kafkaOf } from '../connections.js';
import { Interrupted } from '../events.errors.js';
import { lengthOf, stretchOf, type RangeOptions } from '../options/range.js';
import { eventTopics, fullTopic } from '../options/topics.js';
import { isOfSubject } from '../reading/event-filter.js';
import type { SourceRecord } from '../reading/shown-record.js';
import { TopicReader } from '../reading/topic-reader.js';
import { progressOf } from '../progress.js';
import { note, print, printJson, type Tool } from '../tool.js';
import { pathToWrite, writeWhole } from '../whole-file.js';
import { Redaction } from './redact.js';

export interface RecordOptions extends RangeOptions {
  topic?: string[];
  redact?: boolean;
  force?: boolean;
  json?: boolean;
}

export async function record(file: string, options: RecordOptions, tool: Tool): Promise<void> {
  const isPiped = file === '-';
  const path = isPiped
    ? file
    : await pathToWrite(file, options.force ? undefined : `${file} is there already: --force writes over it.`);
  const topics = options.topic?.map((topic) => fullTopic(tool.env, topic)) ?? eventTopics(tool.env);
  const signal = isPiped ? tool.showing : tool.signal;
  const { partitions } = tool.env;
  const reader = await TopicReader.open({ kafka: kafkaOf(tool.env), topics, signal, partitions });
  try {
    const count = { records: 0, leftOut: 0 };
    const lines = writeRecording(recordedEvents(reader, options, count, tool));
    await (isPiped ? printAll(lines, tool) : writeWhole(path, withEnds(lines), { signal }));
    const said = `${counted(count.records, 'record')} of ${topics.join(' and ')} recorded`;
    if (count.leftOut > 0)
      note(tool, `${counted(count.leftOut, 'record')} left out: not known here, so nothing could be replaced.`);
    if (isPiped) return note(tool, `${said}.`);
    if (options.json) return printJson(tool, { file, records: count.records, topics });
    print(tool, `${said} in ${file}.`);
  } finally {
    await reader.close();
  }
}

async function* recordedEvents(
  reader: TopicReader,
  options: RecordOptions,
  count: { records: number; leftOut: number },
  tool: Tool,
): AsyncGenerator<RecordedEvent, void> {
  const stretch = await stretchOf(reader, options);
  const progress = progressOf(tool, lengthOf(stretch));
  const isWanted = isOfSubject(options);
  const redaction = options.redact ? new Redaction() : undefined;
  for await (const source of reader.read(stretch, progress)) {
    if (!isWanted(source)) continue;
    const event = recordedEvent(source);
    const written = redaction ? redaction.redact(event) : event;
    if (written) count.records++;
    else count.leftOut++;
    if (written) yield written;
  }
}

/** A record as stored in a recording. */
const recordedEvent = ({ topic, partition, offset, timestamp, key, headers, value }: SourceRecord): RecordedEvent => ({
  topic,
  partition,
  offset: String(offset),
  timestamp,
  key,
  value,
  headers: Object.fromEntries(
    Object.entries(headers ?? {}).flatMap(([name, one]) =>
      one === undefined ? [] : [[name, Array.isArray(one) ? one.map(bytesOf) : bytesOf(one)]],
    ),
  ),
});

/** Trap: the types of kafkajs do not say that a header's value can be null. */
const bytesOf = (value: Buffer | string | null): Buffer | null => (value === null ? null : Buffer.from(value));

async function printAll(lines: AsyncIterable<string>, tool: Tool): Promise<void> {
  for await (const line of lines) {
    print(tool, line);
    if (tool.showing.aborted) throw new Interrupted();
  }
}

async function* withEnds(lines: AsyncIterable<string>): AsyncGenerator<string, void> {
  for await (const line of lines) yield `${line}\n`;
}
