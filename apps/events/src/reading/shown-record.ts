import { decodeRecord, isCompanyEvent, type ContactSyncEvent } from '#app/contracts';
import type { LogRecord } from '#app/messaging/light';
import { isCompanyTopic } from '../options/topics.js';
import { withoutSecrets } from './secrets.js';

/** A record with its position, as read. */
export interface SourceRecord extends Omit<LogRecord, 'partitionIndex'> {
  partition: number;
  /** Why it is not the gateway's own, if that was checked. */
  unauthentic?: string;
}

/** The visible content of a record, without secrets. */
export interface ShownRecord {
  topic: string;
  partition: number;
  offset: number;
  /** Milliseconds since 1970, by the broker. */
  timestamp: number;
  /** `unreadable`: `reason` says why. */
  kind: 'event' | 'tombstone' | 'unknown' | 'unreadable';
  /** The event's name; for an unknown event its whole type. */
  name: string;
  /** Null if it is about a company. */
  contactId: number | null;
  /** Null if it is about a contact. */
  companyId: number | null;
  version: number | null;
  id: string | null;
  correlationId: string | null;
  actor: string | null;
  /** Whether an operator published it again. */
  replayed: boolean;
  event: ContactSyncEvent | null;
  reason: string | null;
}

/** Reads a record for display; never throws. */
export function readRecord(record: SourceRecord): ShownRecord {
  const { topic, partition, offset, timestamp, headers } = record;
  const place = { topic, partition, offset, timestamp, replayed: headers?.['ce_replayed'] !== undefined };
  const nothing = {
    ...idsOf(record),
    version: null,
    id: null,
    correlationId: null,
    actor: null,
    event: null,
    reason: null,
  };
  if (record.unauthentic !== undefined)
    return { ...place, ...nothing, kind: 'unreadable', name: '?', reason: `unauthentic: ${record.unauthentic}` };
  try {
    const decoded = decodeRecord(record);
    if (decoded.kind === 'unknown') return { ...place, ...nothing, kind: 'unknown', name: decoded.type };
    if (decoded.kind === 'tombstone') return { ...place, ...nothing, ...decoded };
    const event = { ...decoded.event, data: withoutSecrets(decoded.event.data) } as ContactSyncEvent;
    const { name, id, correlationId, actor } = event;
    const ids = isCompanyEvent(event)
      ? { contactId: null, companyId: event.data.company_id }
      : { contactId: event.data.contact_id, companyId: null };
    return { ...place, name, id, correlationId, actor, ...ids, version: event.data.version, kind: 'event', event, reason: null };
  } catch (error) {
    return { ...place, ...nothing, kind: 'unreadable', name: '?', reason: (error as Error).message };
  }
}

/** By the key, for unreadable records. */
function idsOf({ topic, key }: SourceRecord): Pick<ShownRecord, 'contactId' | 'companyId'> {
  const text = key?.toString() ?? '';
  const id = /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
  return isCompanyTopic(topic) ? { contactId: null, companyId: id } : { contactId: id, companyId: null };
}
