import { createHmac, hash, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { EventMacKeys } from './event-mac.keys.js';

/** Header with the mark. */
export const MAC_HEADER = 'ce_mac';
/** First part of the marked text, so that a mark for another purpose is not valid for a login. */
const PURPOSE = 'portal-logins.v1';
const MARK = /^v1\.([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{43})$/;
/** Headers that are part of the mark, in order. */
const MARKED_HEADERS = ['ce_id', 'ce_type', 'ce_sequence'] as const;

type HeaderValue = Uint8Array | string | (Uint8Array | string)[] | undefined;

/** A record of the logins topic, as sent or received. */
export interface MarkableRecord {
  key: Uint8Array | string | null;
  /** Null for a tombstone. */
  value: Uint8Array | string | null;
  headers?: Readonly<Record<string, HeaderValue>> | undefined;
}

/** The value of `ce_mac` for a record that is about to be sent. */
export function markOf({ first }: EventMacKeys, record: MarkableRecord): string {
  return `v1.${first.kid}.${macOf(first.key, record)}`;
}

/**
 * Why a record is not the gateway's own, without any of its content; undefined for an own record. A copy of an own record can have other
 * headers than the marked ones.
 * Unmarked records have their own reason: the gateway's own were unmarked before marking was switched on.
 */
export function markDefect(keys: EventMacKeys, record: MarkableRecord): string | undefined {
  const { headers = {} } = record;
  for (const name of [MAC_HEADER, ...MARKED_HEADERS, 'content-type'])
    if (Array.isArray(own(headers, name))) return `${name} is there twice`;
  const mark = own(headers, MAC_HEADER);
  if (mark === undefined) return UNMARKED;
  if (textOf(own(headers, 'content-type')).trim().toLowerCase().startsWith('application/cloudevents'))
    return 'it is in structured mode';
  const [, kid, mac] = MARK.exec(textOf(mark)) ?? [];
  if (kid === undefined || mac === undefined) return `${MAC_HEADER} is malformed`;
  // The mark of a tombstone is that of an empty value, which the gateway never sends.
  if (record.value?.length === 0) return 'its value is empty';
  const key = keys.byId.get(kid);
  if (!key) return `${MAC_HEADER} is of an unknown key`;
  // Compared as text: unused bits of the last character would allow a second spelling.
  return timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(key, record))) ? undefined : `${MAC_HEADER} is wrong`;
}

/** Of which key the mark of a record says that it is; undefined without a well-formed mark. */
export function keyIdOf({ headers = {} }: MarkableRecord): string | undefined {
  const mark = own(headers, MAC_HEADER);
  return Array.isArray(mark) ? undefined : MARK.exec(textOf(mark))?.[1];
}

/** The result of {@link markDefect} for a record without a mark. */
export const UNMARKED = `${MAC_HEADER} is missing`;

function macOf(key: KeyObject, { key: recordKey, value, headers = {} }: MarkableRecord): string {
  const marked = MARKED_HEADERS.map((name) => own(headers, name) as Uint8Array | string);
  const parts = [PURPOSE, recordKey, ...marked, hash('sha256', value ?? '', 'base64url')];
  // One update with one text costs half as much as one for each part.
  const text = parts.map((part) => bytesAsText(part ?? '')).join('\n');
  return createHmac('sha256', key).update(text, 'latin1').digest('base64url');
}

const NOT_ASCII = /[^\0-\x7f]/;

/** Bytes as text whose characters are bytes; a string stands for its bytes in UTF-8. */
function bytesAsText(part: Uint8Array | string): string {
  if (typeof part === 'string' && !NOT_ASCII.test(part)) return part;
  return (Buffer.isBuffer(part) ? part : Buffer.from(part as string)).toString('latin1');
}

const own = (headers: Readonly<Record<string, HeaderValue>>, name: string): HeaderValue =>
  Object.hasOwn(headers, name) ? headers[name] : undefined;

const textOf = (value: HeaderValue): string => Buffer.from((value ?? '') as Uint8Array).toString('latin1');
