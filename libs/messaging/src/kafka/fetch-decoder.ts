import { createRequire } from 'node:module';
import { MOST_BYTES } from './codecs.js';
import type { FetchedMessage, FetchedPartition } from './kafka-cluster.js';

const require = createRequire(import.meta.url);

/** The part of kafkajs's decoder that reads fetched records. */
interface Decoder {
  offset: number;
  readInt8(): number;
  readInt16(): number;
  readInt32(): number;
  readInt64(): bigint;
  readVarInt(): number;
  readVarLong(): { toNumber(): number };
  readString(): string;
  readVarIntString(): string;
  readVarIntBytes(): Buffer | null;
  readBytes(length?: number): Buffer | null;
  readAll(): Buffer;
  canReadBytes(length: number): boolean;
  readArray<T>(reader: (decoder: Decoder) => T): T[];
  readArrayAsync<T>(reader: (decoder: Decoder) => Promise<T>): Promise<T[]>;
}
const KafkajsDecoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => Decoder;

interface Codec {
  decompress(bytes: Buffer): Promise<Buffer>;
}
const { lookupCodecByAttributes } = require('kafkajs/src/protocol/message/compression') as {
  lookupCodecByAttributes: (attributes: number) => Codec | null;
};
/** Of logs that were written before record batches. */
const decodeMessageSet = require('kafkajs/src/protocol/messageSet/decoder') as (
  decoder: Decoder,
  size: number,
) => Promise<FetchedMessage[]>;

interface Fetched {
  /** How long the client has to wait before its next request, in milliseconds. */
  clientSideThrottleTime: number | undefined;
  errorCode: number | undefined;
  responses: { topicName: string; partitions: FetchedPartition[] }[];
}
interface FetchProtocol {
  response: { decode: (bytes: Buffer) => Promise<Fetched> };
}
interface FetchDefinition {
  protocol: (choice: { version: number }) => (options: object) => FetchProtocol;
}

/** The first version of a fetch's answer that has transactions; then those that changed it. */
const VERSIONS = { transactions: 4, logStart: 5, session: 7, clientWaits: 8, readReplica: 11 } as const;
const RECORD_BATCH = { magic: 2, magicAt: 16, headBytes: 12 } as const;
/** Fields of a batch that are not needed: leader epoch, magic and checksum; the producer's epoch and sequence. */
const SKIPPED_BYTES = { atStart: 9, ofProducer: 6 } as const;
const FLAGS = { logAppendTime: 0x8, transactional: 0x10, control: 0x20 } as const;
/** Most records of a batch: more than fit into 2 MiB without compression. */
const MOST_RECORDS = 300_000;

/** How much more an answer may hold once it is decompressed. */
interface Room {
  bytes: number;
}

let patched = false;

/**
 * Decodes fetched records in place of kafkajs.
 * Traps of kafkajs: it copies all headers of a record for each of them, so that 20,000 of them block the process for 45 s; it fails at a
 * batch of some 120,000 records, again at each fetch; it takes a header with the name of a property of all objects, such as
 * `constructor`, for a repeated one.
 */
export function decodeFetches(): void {
  if (patched) return;
  patched = true;
  const { requests } = require('kafkajs/src/protocol/requests') as { requests: { Fetch: FetchDefinition } };
  const { protocol } = requests.Fetch;
  requests.Fetch.protocol = ({ version }) => {
    const ofKafkajs = protocol({ version });
    if (version < VERSIONS.transactions) return ofKafkajs;
    return (options) => {
      const whole = ofKafkajs(options);
      return { ...whole, response: { ...whole.response, decode: (bytes: Buffer) => decodeFetched(bytes, version) } };
    };
  };
}

/** Decodes the broker's answer to a fetch, of a version from 4 to 11. */
async function decodeFetched(bytes: Buffer, version: number): Promise<Fetched> {
  const decoder = new KafkajsDecoder(bytes);
  const throttleTime = decoder.readInt32();
  const clientSideThrottleTime = version >= VERSIONS.clientWaits ? throttleTime : undefined;
  const errorCode = version >= VERSIONS.session ? decoder.readInt16() : undefined;
  if (version >= VERSIONS.session) decoder.readInt32();
  const room = { bytes: MOST_BYTES };
  const responses = await decoder.readArrayAsync(async () => ({
    topicName: decoder.readString(),
    partitions: await decoder.readArrayAsync(() => decodePartition(decoder, version, room)),
  }));
  return { clientSideThrottleTime, errorCode, responses };
}

async function decodePartition(decoder: Decoder, version: number, room: Room): Promise<FetchedPartition> {
  const partition = decoder.readInt32();
  const errorCode = decoder.readInt16();
  const highWatermark = decoder.readInt64().toString();
  const lastStableOffset = decoder.readInt64().toString();
  if (version >= VERSIONS.logStart) decoder.readInt64();
  const abortedTransactions = decoder.readArray(() => ({
    producerId: decoder.readInt64().toString(),
    firstOffset: decoder.readInt64().toString(),
  }));
  const preferredReadReplica = version >= VERSIONS.readReplica ? decoder.readInt32() : undefined;
  const messages = await decodeRecords(decoder.readBytes() ?? Buffer.alloc(0), room);
  return { partition, errorCode, highWatermark, lastStableOffset, abortedTransactions, preferredReadReplica, messages };
}

/** Reads at least one batch, so that the reader goes on, and no more once the answer is full. The rest comes with the next answer. */
async function decodeRecords(bytes: Buffer, room: Room): Promise<FetchedMessage[]> {
  const decoder = new KafkajsDecoder(bytes);
  if (bytes.length > RECORD_BATCH.magicAt && bytes[RECORD_BATCH.magicAt] !== RECORD_BATCH.magic)
    return decodeMessageSet(decoder, bytes.length);
  const messages: FetchedMessage[] = [];
  while (decoder.canReadBytes(RECORD_BATCH.headBytes) && (messages.length === 0 || room.bytes > 0)) {
    const firstOffset = Number(decoder.readInt64());
    const length = decoder.readInt32();
    // The broker cuts the last batch of an answer at the size that was asked for.
    if (!decoder.canReadBytes(length)) break;
    for (const message of await decodeBatch(decoder.readBytes(length)!, firstOffset, room)) messages.push(message);
  }
  return messages;
}

/** What the records of a batch have in common. */
interface Batch {
  firstOffset: number;
  firstTimestamp: number;
  /** The broker's time, where it stands for that of every record. */
  appendedAt: string | undefined;
  isControlRecord: boolean;
  batchContext: FetchedMessage['batchContext'];
}

async function decodeBatch(bytes: Buffer, firstOffset: number, room: Room): Promise<FetchedMessage[]> {
  const decoder = new KafkajsDecoder(bytes);
  decoder.offset += SKIPPED_BYTES.atStart;
  const attributes = decoder.readInt16();
  const lastOffset = firstOffset + decoder.readInt32();
  const firstTimestamp = Number(decoder.readInt64());
  const maxTimestamp = decoder.readInt64().toString();
  const producerId = decoder.readInt64().toString();
  decoder.offset += SKIPPED_BYTES.ofProducer;
  const batch: Batch = {
    firstOffset,
    firstTimestamp,
    appendedAt: (attributes & FLAGS.logAppendTime) > 0 ? maxTimestamp : undefined,
    isControlRecord: (attributes & FLAGS.control) > 0,
    batchContext: { producerId, inTransaction: (attributes & FLAGS.transactional) > 0 },
  };
  const count = decoder.readInt32();
  try {
    if (count > MOST_RECORDS) throw new Error(`It has ${count} records.`);
    const codec = count > 0 ? lookupCodecByAttributes(attributes) : null;
    const decompressed = await codec?.decompress(decoder.readAll());
    room.bytes -= decompressed?.length ?? 0;
    const records = decompressed ? new KafkajsDecoder(decompressed) : decoder;
    return Array.from({ length: count }, () => decodeRecord(records, batch));
  } catch (error) {
    return [unreadable(lastOffset, maxTimestamp, batch, error)];
  }
}

function decodeRecord(decoder: Decoder, { firstOffset, firstTimestamp, appendedAt, ...common }: Batch): FetchedMessage {
  const length = decoder.readVarInt();
  const end = decoder.offset + length;
  const attributes = decoder.readInt8();
  const sinceFirst = decoder.readVarLong();
  const offset = String(firstOffset + decoder.readVarInt());
  const key = decoder.readVarIntBytes();
  const value = decoder.readVarIntBytes();
  const headers = decodeHeaders(decoder);
  decoder.offset = end;
  const timestamp = appendedAt ?? String(firstTimestamp + sinceFirst.toNumber());
  return { attributes, timestamp, offset, key, value, headers, ...common };
}

/** The headers by name; one that is repeated has all its values, in order. */
function decodeHeaders(decoder: Decoder): NonNullable<FetchedMessage['headers']> {
  const headers: NonNullable<FetchedMessage['headers']> = {};
  for (let left = decoder.readVarInt(); left > 0; left--) {
    const name = decoder.readVarIntString();
    // A null value too: the type does not know it.
    const value = decoder.readVarIntBytes() as Buffer;
    const former = Object.hasOwn(headers, name) ? headers[name] : undefined;
    if (Array.isArray(former)) former.push(value);
    else set(headers, name, former === undefined ? value : [former, value]);
  }
  return headers;
}

function set<Value>(object: Record<string, Value>, name: string, value: Value): void {
  if (name !== '__proto__') object[name] = value;
  else Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

/**
 * One record in place of a batch that cannot be read, with the batch's last offset, so that a reader goes on behind it. It has nothing by
 * which it could be applied.
 */
function unreadable(offset: number, timestamp: string, { isControlRecord, batchContext }: Batch, error: unknown): FetchedMessage {
  const { code, message } = error as NodeJS.ErrnoException;
  const headers = { dl_cut: Buffer.from(`the whole batch: ${code ?? message}`) };
  return { attributes: 0, timestamp, offset: String(offset), key: null, value: null, headers, isControlRecord, batchContext };
}
