import { checkAttributes, openEnvelope, required, textOf, type Envelope, type ReceivedRecord } from './event.envelope.js';
import { UnreadableEvent, UnsupportedEventVersion } from './event.errors.js';
import { eventDataDefects } from './event.validation.js';
import {
  entityIdOf,
  EVENTS,
  EVENT_SOURCE,
  isCompanyEvent,
  sequenceOf,
  subjectOfEvent,
  type ContactSyncEvent,
  type EventAttributes,
  type EventName,
} from './events.js';
import type { TopicName } from './topics.js';

/** An event as a Kafka record: CloudEvents 1.0, Kafka protocol binding, binary content mode. A null value is a tombstone. */
export interface EventRecord {
  topic: TopicName;
  key: string;
  headers: Record<string, string>;
  value: string | null;
}

/** A decoded record. `unknown` is an event that this version of the contract does not have: skip it. */
export type DecodedRecord =
  | { kind: 'event'; event: ContactSyncEvent }
  | { kind: 'tombstone'; name: EventName; contactId: number; version: number; id: string }
  | { kind: 'unknown'; type: string };

/** The event as a Kafka record. */
export function encodeEvent(event: ContactSyncEvent): EventRecord {
  const { type, topic, schema } = EVENTS[event.name];
  return {
    topic,
    key: String(entityIdOf(event)),
    // In the order of `jsonb`, which is how the outbox stores them and how they are published.
    headers: {
      ce_id: event.id,
      ce_time: event.time,
      ce_type: type,
      ...(event.actor === null ? {} : { ce_actor: event.actor }),
      ce_source: EVENT_SOURCE,
      ce_subject: subjectOfEvent(event),
      ce_sequence: sequenceOf(event.data.version),
      ...(event.traceparent === null ? {} : { traceparent: event.traceparent }),
      'content-type': 'application/json',
      ce_dataschema: schema.$id,
      ce_specversion: '1.0',
      ...(event.traceparent === null ? {} : { ce_traceparent: event.traceparent }),
      ce_correlationid: event.correlationId,
    },
    value: JSON.stringify(event.data),
  };
}

/** The tombstone that follows a removal: the removal's headers with a new id, without content type and value. */
export function tombstoneAfter(removal: ContactSyncEvent<'PortalLoginChanged'>, id: string): EventRecord {
  const record = encodeEvent(removal);
  const { 'content-type': _contentType, ...headers } = record.headers;
  return { ...record, headers: { ...headers, ce_id: id }, value: null };
}

/**
 * Reads a Kafka record, in binary or structured content mode.
 * @throws {UnreadableEvent} where it is not an event, breaks its schema, or its key is not its contact or company.
 * @throws {UnsupportedEventVersion} for a known event of another major version.
 */
export function decodeRecord(record: ReceivedRecord): DecodedRecord {
  const envelope = openEvent(record);
  const { attribute } = envelope;
  const type = required(attribute, 'type');
  const name = eventName(type);
  if (!name) return { kind: 'unknown', type };
  checkAttributes(envelope);
  const attributes = readAttributes(attribute);
  if (record.value === null) {
    if (EVENTS[name].topic === 'companies.v1') throw new UnreadableEvent('value: must be given.');
    return { kind: 'tombstone', name, ...readTombstone(record, attribute), id: attributes.id };
  }

  const data = envelope.data();
  const defects = eventDataDefects(name, data);
  if (defects.length > 0) throw new UnreadableEvent(`data${defects.slice(0, 5).join('; data')}`);
  const event = { ...attributes, name, data } as ContactSyncEvent;
  if (textOf(record.key, 'the key') !== String(entityIdOf(event)))
    throw new UnreadableEvent(`key: must be the ${isCompanyEvent(event) ? 'company' : 'contact'} id.`);
  return { kind: 'event', event };
}

/**
 * Why the attributes of a record are not those of an event; undefined where they are. Which event it is does not matter, and in binary mode
 * neither do key and value.
 */
export function attributesDefect(record: ReceivedRecord): string | undefined {
  try {
    const envelope = openEvent(record);
    checkAttributes(envelope);
    readAttributes(envelope.attribute);
    return undefined;
  } catch (error) {
    if (error instanceof UnreadableEvent) return error.message;
    throw error;
  }
}

function openEvent(record: ReceivedRecord): Envelope {
  const envelope = openEnvelope(record);
  if (envelope.attribute('specversion') !== '1.0') throw new UnreadableEvent('specversion: must be 1.0.');
  return envelope;
}

function readAttributes(attribute: Envelope['attribute']): EventAttributes {
  return {
    id: required(attribute, 'id'),
    time: attribute('time') ?? '',
    correlationId: attribute('correlationid') ?? '',
    actor: attribute('actor') ?? null,
    traceparent: attribute('traceparent') ?? null,
  };
}

function readTombstone(record: ReceivedRecord, attribute: Envelope['attribute']): { contactId: number; version: number } {
  const contactId = wholeNumber(textOf(record.key, 'the key'));
  const version = wholeNumber(required(attribute, 'sequence'));
  if (contactId === undefined) throw new UnreadableEvent('key: must be the contact id.');
  if (version === undefined) throw new UnreadableEvent('sequence: must be a version.');
  return { contactId, version };
}

function wholeNumber(digits: string): number | undefined {
  const number = /^[0-9]{1,20}$/.test(digits) ? Number(digits) : 0;
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

function eventName(type: string): EventName | undefined {
  const [, name, major] = /^contact-sync\.([A-Za-z]+)\.v(\d+)$/.exec(type) ?? [];
  if (!name || !Object.hasOwn(EVENTS, name)) return undefined;
  if (major !== '1') throw new UnsupportedEventVersion(type);
  return name as EventName;
}
