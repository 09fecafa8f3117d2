import { gzipSync } from 'node:zlib';
import type { IHeaders } from 'kafkajs';
import { crc32c } from './crc32c.js';

/** A record to send, in the order of its partition. */
export interface ProducedRecord {
  key: string | Buffer | null;
  /** Null for a tombstone. */
  value: string | Buffer | null;
  headers: IHeaders | undefined;
}

/** The producer and the sequence number of a batch's first record, by which the broker detects a repetition. */
interface BatchIdentity {
  producerId: string;
  producerEpoch: number;
  firstSequence: number;
}

type Bytes = string | Buffer | null;

const MAGIC = 2;
const NO_OFFSET = 0n;
const NO_EPOCH = 0;
/** What a batch's attributes say. */
const COMPRESSION = { none: 0, gzip: 1 } as const;
/** Lengths of a batch's header fields: up to the length, up to the checksum, and after it. */
const HEAD_BYTES = { length: 12, checksum: 21, all: 61 } as const;

/** Bytes whose number is known before they are written. */
export interface PlannedBytes {
  size: number;
  /** @returns where the bytes end */
  write: (bytes: Buffer, from: number) => number;
}

/**
 * A record batch of the protocol (version 2), uncompressed, written once and where it is needed.
 * Traps of kafkajs's own: it cannot write a null header, and grows and copies a buffer for each record.
 */
export function planBatch(records: readonly ProducedRecord[], identity: BatchIdentity): PlannedBytes {
  const plans = records.map((record, index) => planOf(record, index));
  const size = plans.reduce<number>((sum, plan) => sum + plan.size, HEAD_BYTES.all);
  const write = (into: Buffer, from: number): number => {
    const bytes = into.subarray(from, from + size);
    let at = writeHead(bytes, records.length, identity);
    for (const plan of plans) at = writeRecord(bytes, at, plan);
    writeChecksum(bytes);
    return from + size;
  };
  return { size, write };
}

/** The same batch with its records compressed by gzip. */
export function gzipped(batch: PlannedBytes): PlannedBytes {
  const plain = Buffer.alloc(batch.size);
  batch.write(plain, 0);
  const bytes = Buffer.concat([plain.subarray(0, HEAD_BYTES.all), gzipSync(plain.subarray(HEAD_BYTES.all))]);
  bytes.writeInt32BE(bytes.length - HEAD_BYTES.length, HEAD_BYTES.length - 4);
  bytes.writeInt16BE(COMPRESSION.gzip, HEAD_BYTES.checksum);
  writeChecksum(bytes);
  return { size: bytes.length, write: (into, from) => from + bytes.copy(into, from) };
}

const writeChecksum = (batch: Buffer): number =>
  batch.writeUInt32BE(crc32c(batch.subarray(HEAD_BYTES.checksum)), HEAD_BYTES.checksum - 4);

function writeHead(bytes: Buffer, count: number, { producerId, producerEpoch, firstSequence }: BatchIdentity): number {
  const now = BigInt(Date.now());
  let at = bytes.writeBigInt64BE(NO_OFFSET);
  at = bytes.writeInt32BE(bytes.length - HEAD_BYTES.length, at);
  at = bytes.writeInt32BE(NO_EPOCH, at);
  bytes.writeInt8(MAGIC, at);
  at = bytes.writeInt16BE(COMPRESSION.none, HEAD_BYTES.checksum);
  at = bytes.writeInt32BE(count - 1, at);
  at = bytes.writeBigInt64BE(now, at);
  at = bytes.writeBigInt64BE(now, at);
  at = bytes.writeBigInt64BE(BigInt(producerId), at);
  at = bytes.writeInt16BE(producerEpoch, at);
  at = bytes.writeInt32BE(firstSequence, at);
  return bytes.writeInt32BE(count, at);
}

/** A record: all but its value as text whose characters are bytes, since one write costs less than one for each header. */
interface Plan {
  /** From the record's length to the length of its value. */
  head: string;
  value: Bytes;
  /** The headers. */
  tail: string;
  size: number;
}

function planOf({ key, value, headers }: ProducedRecord, index: number): Plan {
  const attributesAndTime = '\0\0';
  const length = value === null ? -1 : Buffer.byteLength(value);
  const start = attributesAndTime + varint(index) + withLength(key) + varint(length);
  const tail = headersOf(headers);
  const rest = Math.max(0, length) + tail.length;
  const head = varint(start.length + rest) + start;
  return { head, value, tail, size: head.length + rest };
}

function headersOf(headers: IHeaders | undefined): string {
  // One look at all of it costs less than one at each value.
  const text = headersBy(asAscii, headers);
  return NOT_ASCII.test(text) ? headersBy(withLength, headers) : text;
}

function headersBy(encode: (value: Bytes) => string, headers: IHeaders | undefined): string {
  let text = '';
  let count = 0;
  for (const name in headers) {
    const value = headers[name];
    for (const each of Array.isArray(value) ? value : [value]) {
      text += nameOf(name) + encode(each ?? null);
      count++;
    }
  }
  return varint(count) + text;
}

/** As {@link withLength}, where the text is ASCII. */
const asAscii = (value: Bytes): string => (typeof value === 'string' ? varint(value.length) + value : withLength(value));

function writeRecord(bytes: Buffer, from: number, { head, value, tail }: Plan): number {
  let at = from + bytes.write(head, from, 'latin1');
  if (value !== null) at += typeof value === 'string' ? bytes.write(value, at) : value.copy(bytes, at);
  return at + bytes.write(tail, at, 'latin1');
}

const NOT_ASCII = /[^\0-\x7f]/;

/** Bytes after their length, as text whose characters are bytes. */
function withLength(value: Bytes): string {
  if (value === null) return varint(-1);
  const isPlain = typeof value === 'string' && !NOT_ASCII.test(value);
  const text = isPlain ? value : Buffer.from(value as string).toString('latin1');
  return varint(text.length) + text;
}

const names = new Map<string, string>();
/** Names of headers that are kept; replayed records can have any. */
const MOST_NAMES = 100;

function nameOf(name: string): string {
  const known = names.get(name);
  if (known !== undefined) return known;
  const made = withLength(name);
  if (names.size < MOST_NAMES) names.set(name, made);
  return made;
}

/** Zigzag encoding of the protocol: small numbers of either sign stay short. */
function varint(value: number): string {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let text = '';
  for (; rest > 127; rest >>>= 7) text += String.fromCharCode((rest & 127) | 128);
  return text + String.fromCharCode(rest);
}
