import { createRequire } from 'node:module';
import type { IHeaders } from 'kafkajs';

const require = createRequire(import.meta.url);
const crc32c = require('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number;

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
type HeaderEntry = readonly [name: string, value: Bytes];

const MAGIC = 2;
const NO_OFFSET = 0n;
const NO_EPOCH = 0;
const UNCOMPRESSED = 0;
/** Lengths of a batch's header fields: up to the length, up to the checksum, and after it. */
const HEAD_BYTES = { length: 12, checksum: 21, all: 61 } as const;

/**
 * A record batch of the protocol (version 2), uncompressed, written once into one buffer of its exact size.
 * Traps of kafkajs's own: it cannot write a null header, and grows and copies a buffer for each record.
 */
export function encodeBatch(
  records: readonly ProducedRecord[],
  { producerId, producerEpoch, firstSequence }: BatchIdentity,
): Buffer {
  const plans = records.map((record, index) => planOf(record, index));
  const bytes = Buffer.allocUnsafe(plans.reduce<number>((sum, { size }) => sum + sizeOfVarint(size) + size, HEAD_BYTES.all));
  const now = BigInt(Date.now());
  let at = bytes.writeBigInt64BE(NO_OFFSET);
  at = bytes.writeInt32BE(bytes.length - HEAD_BYTES.length, at);
  at = bytes.writeInt32BE(NO_EPOCH, at);
  bytes.writeInt8(MAGIC, at);
  at = bytes.writeInt16BE(UNCOMPRESSED, HEAD_BYTES.checksum);
  at = bytes.writeInt32BE(records.length - 1, at);
  at = bytes.writeBigInt64BE(now, at);
  at = bytes.writeBigInt64BE(now, at);
  at = bytes.writeBigInt64BE(BigInt(producerId), at);
  at = bytes.writeInt16BE(producerEpoch, at);
  at = bytes.writeInt32BE(firstSequence, at);
  at = bytes.writeInt32BE(records.length, at);
  plans.forEach((plan, index) => (at = writeRecord(bytes, at, plan, index)));
  bytes.writeUInt32BE(crc32c(bytes.subarray(HEAD_BYTES.checksum)), HEAD_BYTES.checksum - 4);
  return bytes;
}

interface Plan {
  record: ProducedRecord;
  headers: HeaderEntry[];
  /** Bytes after the record's length. */
  size: number;
}

function planOf(record: ProducedRecord, index: number): Plan {
  const headers = Object.entries(record.headers ?? {}).flatMap(([name, value]): HeaderEntry[] =>
    Array.isArray(value) ? value.map((each) => [name, each]) : [[name, value ?? null]],
  );
  const sizes = headers.reduce(
    (sum, [name, value]) => sum + sizeOfBytes(name) + sizeOfBytes(value),
    sizeOfVarint(headers.length),
  );
  const attributesAndTime = 2;
  const size = attributesAndTime + sizeOfVarint(index) + sizeOfBytes(record.key) + sizeOfBytes(record.value) + sizes;
  return { record, headers, size };
}

function writeRecord(bytes: Buffer, from: number, { record, headers, size }: Plan, index: number): number {
  let at = writeVarint(bytes, from, size);
  at = bytes.writeInt8(0, at);
  at = writeVarint(bytes, at, 0);
  at = writeVarint(bytes, at, index);
  at = writeBytes(bytes, at, record.key);
  at = writeBytes(bytes, at, record.value);
  at = writeVarint(bytes, at, headers.length);
  for (const [name, value] of headers) at = writeBytes(bytes, writeBytes(bytes, at, name), value);
  return at;
}

function sizeOfBytes(value: Bytes): number {
  if (value === null) return sizeOfVarint(-1);
  const length = Buffer.byteLength(value);
  return sizeOfVarint(length) + length;
}

function writeBytes(bytes: Buffer, from: number, value: Bytes): number {
  if (value === null) return writeVarint(bytes, from, -1);
  const at = writeVarint(bytes, from, Buffer.byteLength(value));
  return at + (typeof value === 'string' ? bytes.write(value, at) : value.copy(bytes, at));
}

/** Zigzag encoding of the protocol: small numbers of either sign stay short. */
const zigzag = (value: number): number => ((value << 1) ^ (value >> 31)) >>> 0;

function sizeOfVarint(value: number): number {
  let size = 1;
  for (let rest = zigzag(value) >>> 7; rest > 0; rest >>>= 7) size++;
  return size;
}

function writeVarint(bytes: Buffer, from: number, value: number): number {
  let at = from;
  let rest = zigzag(value);
  for (; rest > 127; rest >>>= 7) at = bytes.writeUInt8((rest & 127) | 128, at);
  return bytes.writeUInt8(rest, at);
}
