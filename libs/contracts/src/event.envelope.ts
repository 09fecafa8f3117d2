import { UnreadableEvent } from './event.errors.js';
import { readRfc3339 } from './rfc3339.js';

type HeaderValue = Uint8Array | string | null;

/** A record as Kafka clients return it. */
export interface ReceivedRecord {
  key: Uint8Array | string | null;
  value: Uint8Array | string | null;
  /** Kafka lets a header's value be null. */
  headers?: Record<string, HeaderValue | HeaderValue[] | undefined> | undefined;
}

/** The attributes and data of a record in either content mode of CloudEvents 1.0's Kafka protocol binding. */
export interface Envelope {
  /** The attribute as CloudEvents writes its type as text; undefined where it is absent or null. */
  attribute: (name: string) => string | undefined;
  data: () => unknown;
}

const STRUCTURED = 'application/cloudevents+json';

/** Whether a content type says that the value is a whole event. Media types are compared without case and parameters. */
export const isStructuredMode = (contentType: string | undefined): boolean =>
  contentType?.split(';')[0]!.trim().toLowerCase() === STRUCTURED;

/** @throws {UnreadableEvent} where a structured event is no JSON object, or an attribute has a name or type that CloudEvents does not have */
export function openEnvelope(record: ReceivedRecord): Envelope {
  const header = headerReader(record);
  const contentType = header('content-type');
  if (isStructuredMode(contentType)) return structured(parseJson(record.value));
  return {
    attribute: (name) => (name === 'datacontenttype' ? contentType : header(`ce_${name}`)),
    data: () => parseJson(record.value),
  };
}

/**
 * Checks the attributes that CloudEvents defines.
 * @throws {UnreadableEvent}
 */
export function checkAttributes({ attribute }: Envelope): void {
  for (const name of ['id', 'source', 'type'] as const) required(attribute, name);
  for (const name of ['subject', 'dataschema'] as const)
    if (attribute(name) === '') throw new UnreadableEvent(`${name}: must not be empty.`);
  const time = attribute('time');
  if (time !== undefined && !readRfc3339(time)) throw new UnreadableEvent('time: must be an RFC 3339 time.');
  const type = attribute('datacontenttype');
  if (type !== undefined && !MEDIA_TYPE.test(type)) throw new UnreadableEvent('datacontenttype: must be a media type.');
}

export function required(attribute: Envelope['attribute'], name: string): string {
  const value = attribute(name);
  if (!value) throw new UnreadableEvent(`${name}: must be given.`);
  return value;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

export function textOf(bytes: Uint8Array | string | null, part: string): string {
  if (bytes === null || typeof bytes === 'string') return bytes ?? '';
  try {
    return decoder.decode(bytes);
  } catch {
    throw new UnreadableEvent(`Not UTF-8: ${part}.`);
  }
}

/** The attributes that CloudEvents defines; all of them are text. */
const CORE: readonly string[] = ['id', 'source', 'type', 'specversion', 'time', 'subject', 'dataschema', 'datacontenttype'];
const MEDIA_TYPE = /^[!#$%&'*+\-.^_`|~\w]+\/[!#$%&'*+\-.^_`|~\w]+\s*(;.*)?$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const MAX_INTEGER = 2 ** 31;

function headerReader({ headers = {} }: ReceivedRecord): Envelope['attribute'] {
  return (name) => {
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
    const single = Array.isArray(value) ? value[0] : value;
    return single === undefined ? undefined : textOf(single, `header ${name}`);
  };
}

/** CloudEvents' JSON format. */
function structured(event: unknown): Envelope {
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    throw new UnreadableEvent('A structured event is not an object.');
  const { data, data_base64: bytes, ...given } = event as Record<string, unknown>;
  if (data !== undefined && bytes !== undefined) throw new UnreadableEvent('data: must not be given beside data_base64.');
  const attributes = new Map(
    Object.entries(given).flatMap(([name, value]) => (value === null ? [] : [[name, attributeText(name, value)]])),
  );
  return { attribute: (name) => attributes.get(name), data: () => (bytes === undefined ? data : parseBase64(bytes)) };
}

/** An attribute of one of the types of JSON: text, boolean, or a whole number of 32 bits. */
function attributeText(name: string, value: unknown): string {
  if (!/^[a-z0-9]+$/.test(name)) throw new UnreadableEvent('An attribute has other characters than a to z and 0 to 9.');
  if (typeof value === 'string') return value;
  const isExtension = !CORE.includes(name);
  if (isExtension && typeof value === 'boolean') return String(value);
  if (isExtension && Number.isInteger(value) && (value as number) >= -MAX_INTEGER && (value as number) < MAX_INTEGER)
    return String(value);
  throw new UnreadableEvent(`${name}: must be of a type that CloudEvents has for it.`);
}

function parseBase64(bytes: unknown): unknown {
  if (typeof bytes !== 'string' || !BASE64.test(bytes)) throw new UnreadableEvent('data_base64: must be base64.');
  return parseJson(Uint8Array.from(atob(bytes), (one) => one.charCodeAt(0)));
}

function parseJson(value: Uint8Array | string | null): unknown {
  try {
    return JSON.parse(textOf(value, 'the value'));
  } catch (error) {
    if (error instanceof UnreadableEvent) throw error;
    throw new UnreadableEvent('Not JSON: the value.');
  }
}
