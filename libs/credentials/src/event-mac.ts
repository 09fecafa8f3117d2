import { createHash, createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { EventMacKeys } from './event-mac.keys.js';

/** Header with the mark. */
export const MAC_HEADER = 'ce_mac';
/** First part of the marked text, so that a mark for another purpose is not valid for a login. */
const PURPOSE = 'portal-logins.v1';
const MARK = /^v1\.([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{43})$/;
/** Headers that are part of the mark, in order. */
const MARKED_HEADERS = ['ce_id', 'ce_type', 'ce_sequence'] as const;
const LF = Buffer.from('\n');

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
 * Why a record is not the gateway's own, without any of its content; undefined for an own record.
 * Unmarked records have their own reason: the gateway's own were unmarked before marking was switched on.
 */
export function markDefect(keys: EventMacKeys, record: MarkableRecord): string | undefined {
  const { headers = {} } = record;
  for (const name of [MAC_HEADER, ...MARKED_HEADERS, 'content-type'])
    if (Array.isArray(own(headers, name))) return `${name} is there twice`;
  const mark = own(headers, MAC_HEADER);
  if (mark === undefined) return UNMARKED;
  if (textOf(own(headers, 'content-type')).startsWith('application/cloudevents')) return 'it is in structured mode';
  const [, kid, mac] = MARK.exec(textOf(mark)) ?? [];
  if (kid === undefined || mac === undefined) return `${MAC_HEADER} is malformed`;
  const key = keys.byId.get(kid);
  if (!key) return `${MAC_HEADER} is of an unknown key`;
  // Compared as text: unused bits of the last character would allow a second spelling.
  return timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(key, record))) ? undefined : `${MAC_HEADER} is wrong`;
}

/** The result of {@link markDefect} for a record without a mark. */
export const UNMARKED = `${MAC_HEADER} is missing`;

function macOf(key: KeyObject, { key: recordKey, value, headers = {} }: MarkableRecord): string {
  const hash = createHash('sha256')
    .update(value ?? '')
    .digest('base64url');
  const parts = [PURPOSE, recordKey ?? '', ...MARKED_HEADERS.map((name) => own(headers, name) as Uint8Array | string), hash];
  const mac = createHmac('sha256', key);
  parts.forEach((part, index) => {
    if (index > 0) mac.update(LF);
    mac.update(part ?? '');
  });
  return mac.digest('base64url');
}

const own = (headers: Readonly<Record<string, HeaderValue>>, name: string): HeaderValue =>
  Object.hasOwn(headers, name) ? headers[name] : undefined;

const textOf = (value: HeaderValue): string => Buffer.from((value ?? '') as Uint8Array).toString('latin1');
