import { crc32 } from 'node:zlib';
import { UnreadableCursor } from './feed.errors.js';
import { LogLayout, type LogPosition } from './log-layout.js';

const FORMAT = 1;
const CHECKSUM_BYTES = 4;

/** A position in the logs of some topics, and when it was reached. */
export interface FeedCursor {
  layout: LogLayout;
  position: LogPosition;
  /** Milliseconds since 1970; no record before the position is younger. It tells a topic from a later one of the same name. */
  time: number;
}

/** Encodes a cursor as opaque base64url text. */
export function encodeCursor({ layout, position, time }: FeedCursor): string {
  const bytes = [FORMAT];
  pushVarint(bytes, time);
  for (const topic of layout.topics) {
    const partitionIndexes = layout.partitionIndexesOf(topic);
    pushVarint(bytes, partitionIndexes.length);
    for (const partitionIndex of partitionIndexes) pushVarint(bytes, position[partitionIndex]!);
  }
  const payload = Buffer.from(bytes);
  const checksum = Buffer.alloc(CHECKSUM_BYTES);
  checksum.writeUInt32BE(checksumOf(payload, layout.topics));
  return Buffer.concat([payload, checksum]).toString('base64url');
}

/**
 * Reads a cursor of these topics, or of the first of them: a cursor made before the others were added.
 * @throws {UnreadableCursor} for any other text
 */
export function decodeCursor(text: string, topics: readonly string[]): FeedCursor {
  const bytes = Buffer.from(text, 'base64url');
  const payload = bytes.subarray(0, -CHECKSUM_BYTES);
  const isWhole = bytes.toString('base64url') === text && payload[0] === FORMAT;
  const checksum = isWhole ? bytes.readUInt32BE(payload.length) : undefined;
  const known = topics.findLastIndex((_, last) => checksum === checksumOf(payload, topics.slice(0, last + 1)));
  if (known < 0) throw new UnreadableCursor();
  return readPayload(payload, topics.slice(0, known + 1));
}

/** Whether a text is a cursor of these topics. */
export function isCursor(text: string, topics: readonly string[]): boolean {
  try {
    decodeCursor(text, topics);
    return true;
  } catch {
    return false;
  }
}

/** The checksum can be forged: a number of partitions is not believed before there is an offset for each. */
function readPayload(payload: Uint8Array, topics: readonly string[]): FeedCursor {
  const numbers = varints(payload.subarray(1));
  const [time, ...rest] = numbers;
  const position: LogPosition = [];
  let at = 0;
  const partitions = topics.map(() => {
    const count = rest[at++]!;
    position.push(...rest.slice(at, at + count));
    at += count;
    return count;
  });
  if (time === undefined || at !== rest.length) throw new UnreadableCursor();
  return { layout: new LogLayout(topics, partitions), position, time };
}

/** Includes the topics' names, so that another deployment's cursor is unreadable. Detects accidents, not forgery: a cursor grants no rights. */
const checksumOf = (payload: Uint8Array, topics: readonly string[]): number => crc32(topics.join('\n'), crc32(payload));

/** Seven bits a byte, lowest first. Divides, because bit operations end at 32 bits. */
function pushVarint(bytes: number[], value: number): void {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
}

function varints(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  let value = 0;
  let weight = 1;
  for (const byte of bytes) {
    value += (byte & 127) * weight;
    weight *= 128;
    if (!Number.isSafeInteger(value)) throw new UnreadableCursor();
    if (byte & 128) continue;
    numbers.push(value);
    value = 0;
    weight = 1;
  }
  if (weight > 1) throw new UnreadableCursor();
  return numbers;
}
