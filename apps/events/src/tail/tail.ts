import type { LogPosition } from '#app/messaging/light';
import { paintFor } from '../colours.js';
import { kafkaOf } from '../connections.js';
import { Interrupted } from '../events.errors.js';
import { eventTopics, fullTopic, shortTopic } from '../options/topics.js';
import { judgeOf } from '../reading/authenticity.js';
import { isOfSubject, isOfType, type EventFilter } from '../reading/event-filter.js';
import { shownJson } from '../reading/shown-json.js';
import { readRecord, type SourceRecord } from '../reading/shown-record.js';
import { TopicReader } from '../reading/topic-reader.js';
import { note, print, printJson, type Tool } from '../tool.js';
import { eventLine } from './event-line.js';

export interface TailOptions extends EventFilter {
  topic?: string;
  from?: 'beginning' | 'end';
  since?: number;
  until?: number;
  follow: boolean;
  json?: boolean;
}

export async function tail(options: TailOptions, tool: Tool): Promise<void> {
  const { env } = tool;
  const signal = untilTime(options, tool.showing);
  const topics = options.topic === undefined ? eventTopics(env) : [fullTopic(env, options.topic)];
  const onOutage = (isAway: boolean): void => note(tool, isAway ? 'Kafka does not answer: trying again …' : 'Kafka is back.');
  const reader = await TopicReader.open({ kafka: kafkaOf(env), topics, signal, judge: judgeOf(env), onOutage });
  try {
    for await (const record of recordsOf(reader, options)) {
      if (signal.aborted) return;
      show(record, options, tool);
    }
  } catch (error) {
    // Ctrl-C, or a closed pipe, ends it.
    if (!(error instanceof Interrupted)) throw error;
  } finally {
    await reader.close();
  }
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Ends following at its time, also if no record comes. */
function untilTime({ until, follow }: TailOptions, signal: AbortSignal): AbortSignal {
  const left = (until ?? Infinity) - Date.now();
  return follow && left > 0 && left < LONGEST_TIMER_MS ? AbortSignal.any([signal, AbortSignal.timeout(left)]) : signal;
}

async function* recordsOf(reader: TopicReader, options: TailOptions): AsyncGenerator<SourceRecord, void> {
  const { to } = await reader.all();
  const end = options.until ?? Infinity;
  for await (const record of reader.read({ from: await beginning(reader, options, to), to })) {
    if (record.timestamp < end) yield record;
  }
  if (!options.follow || end <= Date.now()) return;
  for await (const record of reader.follow(to)) {
    if (record.timestamp >= end) return;
    yield record;
  }
}

async function beginning(reader: TopicReader, options: TailOptions, end: LogPosition): Promise<LogPosition> {
  if (options.since !== undefined) return reader.since(options.since);
  const isOver = (options.until ?? Infinity) <= Date.now();
  const isFromEnd = options.from ? options.from === 'end' : options.follow && !isOver;
  return isFromEnd ? end : (await reader.all()).from;
}

function show(record: SourceRecord, options: TailOptions, tool: Tool): void {
  if (!isOfSubject(options)(record)) return;
  const shown = readRecord(record);
  if (!isOfType(options)(shown)) return;
  if (options.json) return printJson(tool, shownJson(shown));
  const { isTTY, columns } = tool.stdout;
  const style = { paint: paintFor(tool.stdout), columns: (isTTY && columns) || undefined };
  print(tool, eventLine(shown, shortTopic(tool.env, shown.topic), style));
}
