import { readDeadLetter } from '../../../events/src/dead-letters/dead-letter.js';
import type { EventsEnv } from '../../../events/src/env.js';
import { shortTopic } from '../../../events/src/options/topics.js';
import { textWithoutSecrets } from '../../../events/src/reading/secrets.js';
import { shownJson } from '../../../events/src/reading/shown-json.js';
import { readRecord, type SourceRecord } from '../../../events/src/reading/shown-record.js';

/** A whole record for the page, without secrets. */
export interface FeedRecord extends Record<string, unknown> {
  /** Unique: topic, partition and offset. */
  place: string;
}

export function feedRecordOf(env: EventsEnv, record: SourceRecord): FeedRecord {
  const { topic, partition, offset, key, headers } = record;
  const isLetter = topic === fullDeadLetters(env);
  return {
    ...shownJson(readRecord(record)),
    place: `${topic}/${partition}@${offset}`,
    short_topic: shortTopic(env, topic),
    key: key && textWithoutSecrets(key.toString()),
    headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, textWithoutSecrets(String(value))])),
    ...(isLetter ? letterOf(record) : {}),
  };
}

const fullDeadLetters = (env: EventsEnv): string => env.topic('portal-logins.v1.dead-letters');

function letterOf(record: SourceRecord): Record<string, unknown> {
  const { reason, contactId, place } = readDeadLetter(record);
  return { kind: 'dead-letter', name: 'dead letter', contact_id: contactId, letter: place, reason };
}
