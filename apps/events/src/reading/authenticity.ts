import { attributesDefect } from '#app/contracts';
import { markDefect } from '#app/credentials';
import type { EventsEnv } from '../env.js';
import type { SourceRecord } from './shown-record.js';

/** Says why a record is not the gateway's own; undefined if it is, or if marks are not checked. */
export type JudgeRecord = (record: Pick<SourceRecord, 'topic' | 'key' | 'value' | 'headers'>) => string | undefined;

/** Checks records of logins like the auth app: by the marks' keys if they are set. A recording may have another prefix. */
export function judgeOf(env: EventsEnv): JudgeRecord {
  const keys = env.eventMacKeys;
  if (!keys) return () => undefined;
  return (record) =>
    record.topic.endsWith('.portal-logins.v1') ? (markDefect(keys, record) ?? attributesDefect(record)) : undefined;
}
