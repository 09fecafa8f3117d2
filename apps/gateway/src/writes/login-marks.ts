import { topicOf } from '#app/contracts';
import { MAC_HEADER, markOf, type EventMacKeys } from '#app/credentials';
import type { RecordStamp } from '#app/messaging';

/** Marks the records of logins as the gateway's own; without keys it marks nothing. */
export function loginMarks(keys: EventMacKeys | undefined, topicPrefix: string): RecordStamp | undefined {
  if (!keys) return undefined;
  const logins = topicOf('portal-logins.v1', topicPrefix);
  return ({ topic, key, payload, headers }) =>
    topic === logins ? { [MAC_HEADER]: markOf(keys, { key, value: payload, headers }) } : undefined;
}
