import { TOPIC_SETTINGS, type TopicName } from '#app/contracts';
import { kafkaOf } from '../connections.js';
import { judgeOf } from '../reading/authenticity.js';
import { shownJson } from '../reading/shown-json.js';
import { readRecord, type SourceRecord } from '../reading/shown-record.js';
import { textWithoutSecrets } from '../reading/secrets.js';
import { TopicReader } from '../reading/topic-reader.js';
import type { Tool } from '../tool.js';

const DAY_MS = 86_400_000;
const TOPICS: readonly TopicName[] = ['contacts.v1', 'portal-logins.v1', 'portal-logins.v1.dead-letters'];

/** A record of a contact, and the latest time at which it goes by the topic's settings of the contract. */
interface HeldRecord {
  until: string;
  record: Record<string, unknown>;
}

/** The records under a contact's key, by topic in the order above, without secrets. */
export async function heldRecords(contactId: number, tool: Tool): Promise<Record<string, HeldRecord[]>> {
  const { env, signal } = tool;
  const names = new Map(TOPICS.map((name) => [env.topic(name), name]));
  const { partitions } = env;
  const topics = [...names.keys()];
  const reader = await TopicReader.open({ kafka: kafkaOf(env), topics, signal, judge: judgeOf(env), partitions });
  try {
    const held = new Map<string, HeldRecord[]>(topics.map((topic) => [topic, []]));
    for await (const source of reader.read(reader.narrowed(await reader.all(), [String(contactId)]))) {
      if (source.key?.toString() !== String(contactId)) continue;
      const name = names.get(source.topic)!;
      held.get(source.topic)!.push({ until: untilOf(source, name), record: shownOf(source, name) });
    }
    return Object.fromEntries([...held].filter(([, records]) => records.length > 0));
  } finally {
    await reader.close();
  }
}

function untilOf({ timestamp }: SourceRecord, name: TopicName): string {
  const settings = TOPIC_SETTINGS[name];
  const segment = Number(settings['segment.ms']);
  const after = (ms: number): string => new Date(timestamp + ms + segment).toISOString().slice(0, 10);
  if (settings['cleanup.policy'] === 'delete') return `${after(Number(settings['retention.ms']))} at the latest`;
  const days = Number(settings['max.compaction.lag.ms']) / DAY_MS;
  return `${days} days after a later record of the same key, where the partition gets new ones, for instance by refresh-quiet; a tombstone 30 days later`;
}

/** A dead letter can be anything: its value is shown as text, without what could be a secret. */
function shownOf(source: SourceRecord, name: TopicName): Record<string, unknown> {
  const shown = shownJson(readRecord(source));
  if (name !== 'portal-logins.v1.dead-letters') return shown;
  return { ...shown, value: source.value === null ? null : textWithoutSecrets(source.value.toString('utf8')) };
}
