import type { SourceRecord } from '../reading/shown-record.js';
import { readRecord } from '../reading/shown-record.js';

/** The outcome of a dead letter. */
export type Outcome = 'redriven' | 'discarded';

/** A record that the auth app could not apply, and its outcome. It holds no bytes of the record: there can be very many. */
export interface DeadLetter {
  /** Its own position, `partition@offset`: this tool names it by that. */
  place: string;
  partition: number;
  offset: number;
  /** Of its own record, by the broker, in milliseconds since 1970: tells it from one at this place of a topic that was made again. */
  timestamp: number;
  /** Where it came from; null if no auth app put it here. */
  origin: { topic: string; partition: number; offset: number } | null;
  /** Why it cannot be applied; holds none of its values. */
  reason: string;
  /** When it was put aside, RFC 3339. */
  time: string;
  /** What it lacks of the original; null if it is whole. */
  cut: string | null;
  contactId: number | null;
  name: string;
  version: number | null;
  outcome: Outcome | null;
}

/** A dead letter with its contents. */
export interface WholeLetter extends DeadLetter {
  /** The original record, without the headers that the dead letter adds. */
  record: SourceRecord;
}

const PREFIX = 'dl_';

/** Reads a record of the dead letters; never throws. */
export function readDeadLetter(record: SourceRecord): DeadLetter {
  const header = (name: string): string | undefined => record.headers?.[name]?.toString();
  const { partition, offset, timestamp } = record;
  const { contactId, name, version } = readRecord(originalOf(record));
  return {
    place: placeOf(record),
    partition,
    offset,
    timestamp,
    origin: originOf(header('dl_topic'), header('dl_partition'), header('dl_offset')),
    reason: header('dl_reason') ?? '?',
    time: header('dl_time') ?? new Date(timestamp).toISOString(),
    cut: header('dl_cut') ?? null,
    contactId,
    name,
    version,
    outcome: null,
  };
}

export const placeOf = ({ partition, offset }: Pick<SourceRecord, 'partition' | 'offset'>): string => `${partition}@${offset}`;

/** The record as it was before it was put aside. */
export const originalOf = (record: SourceRecord): SourceRecord => ({ ...record, headers: withoutOwn(record.headers) });

function originOf(topic: string | undefined, partition: string | undefined, offset: string | undefined): DeadLetter['origin'] {
  if (topic === undefined || ![partition, offset].every((text) => /^\d{1,15}$/.test(text ?? ''))) return null;
  return { topic, partition: Number(partition), offset: Number(offset) };
}

const withoutOwn = (headers: SourceRecord['headers']): NonNullable<SourceRecord['headers']> =>
  Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => !name.startsWith(PREFIX)));

/** In the order of the originals, so that one contact's letters keep their order. */
export const byOrigin = (a: DeadLetter, b: DeadLetter): number =>
  (a.origin?.partition ?? 0) - (b.origin?.partition ?? 0) ||
  (a.origin?.offset ?? 0) - (b.origin?.offset ?? 0) ||
  a.partition - b.partition ||
  a.offset - b.offset;
