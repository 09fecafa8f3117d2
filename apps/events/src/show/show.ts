import { paintFor } from '../colours.js';
import { kafkaOf } from '../connections.js';
import { Refused } from '../events.errors.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { contactTopics, shortTopic } from '../options/topics.js';
import { judgeOf } from '../reading/authenticity.js';
import { isOfSubject } from '../reading/event-filter.js';
import { shownJson } from '../reading/shown-json.js';
import { readRecord, type ShownRecord } from '../reading/shown-record.js';
import { TopicReader } from '../reading/topic-reader.js';
import { print, printJson, type Tool } from '../tool.js';
import { historyOf, type HistoryEntry } from './contact-history.js';
import { describeEntry } from './history-report.js';

export interface ShowOptions {
  json?: boolean;
}

/** The owner of the history. */
export type ShownSubject = { contact: number } | { company: number };

export async function showHistory(subject: ShownSubject, { json }: ShowOptions, tool: Tool): Promise<ExitCode> {
  const history = historyOf(await recordsOf(subject, tool));
  if (history.length === 0) throw new Refused(`The topics hold nothing about ${nameOf(subject)}.`);
  const paint = paintFor(tool.stdout);
  for (const entry of history) {
    if (json) printJson(tool, jsonOf(entry));
    else for (const line of describeEntry(entry, shortTopic(tool.env, entry.record.topic), paint)) print(tool, line);
  }
  return history.some(({ findings }) => findings.some(({ kind }) => kind === 'conflict')) ? EXIT.found : EXIT.done;
}

const nameOf = (subject: ShownSubject): string =>
  'company' in subject ? `company ${subject.company}` : `contact ${subject.contact}`;

async function recordsOf(subject: ShownSubject, { env, signal }: Tool): Promise<ShownRecord[]> {
  const [id, topics, filter] =
    'company' in subject
      ? [subject.company, [env.topic('companies.v1')], { company: [subject.company] }]
      : [subject.contact, contactTopics(env), { contact: [subject.contact] }];
  const reader = await TopicReader.open({ kafka: kafkaOf(env), topics, signal, judge: judgeOf(env), partitions: env.partitions });
  try {
    const stretch = reader.narrowed(await reader.all(), [String(id)]);
    const records: ShownRecord[] = [];
    const isWanted = isOfSubject(filter);
    for await (const record of reader.read(stretch)) if (isWanted(record)) records.push(readRecord(record));
    return records;
  } finally {
    await reader.close();
  }
}

const jsonOf = ({ record, changes, findings }: HistoryEntry): unknown => ({ ...shownJson(record), changes, findings });
