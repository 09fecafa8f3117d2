import { createRequire } from 'node:module';
import type { Protocol } from './broker-request.js';
import { gzipped, planBatch, type PlannedBytes, type ProducedRecord } from './record-batch.js';

const require = createRequire(import.meta.url);

/** Records of one partition. */
export interface PartitionRecords {
  topic: string;
  partition: number;
  records: readonly ProducedRecord[];
  /** A batch of more bytes is compressed by gzip; without it none is. */
  mostPlainBytes?: number | undefined;
}

/** The broker's result for one partition; code 0: all in-sync replicas have the records. */
export interface PartitionAnswer {
  topic: string;
  partition: number;
  errorCode: number;
}

interface ProduceOptions {
  producerId: string;
  producerEpoch: number;
  timeoutMs: number;
  sequenceOf: (topic: string, partition: number) => number;
}

interface Answer {
  topics: { topicName: string; partitions: { partition: number; errorCode: number }[] }[];
}
const { decode } = require('kafkajs/src/protocol/requests/produce/v7/response') as { decode: (bytes: Buffer) => Promise<Answer> };

const PRODUCE = { apiKey: 0, apiVersion: 7, apiName: 'Produce' } as const;
/** The encoded length of a null string. */
const NO_TRANSACTION = -1;
const ALL_IN_SYNC = -1;

/**
 * The produce request; its answer has a result for each partition.
 * Trap: kafkajs's own throws the first partition's error.
 */
export const produceRequest = (batches: readonly PartitionRecords[], options: ProduceOptions): Protocol<PartitionAnswer[]> => ({
  request: { ...PRODUCE, encode: () => Promise.resolve(encode(batches, options)) },
  response: { decode: async (bytes) => answersOf(await decode(bytes)), parse: (answers) => Promise.resolve(answers) },
});

/** What kafkajs uses of an encoder whose bytes it takes over. */
interface EncoderLike {
  /** It is asked whether it is a buffer. */
  buf: Buffer;
  buffer: { length: number; copy: (target: Buffer, at: number) => void };
}

/**
 * Encoded by hand: kafkajs's encoder grows and copies a buffer at each level, of megabytes here. It asks what it takes over only for its
 * length and to copy itself, so the records are written straight into the request.
 */
function encode(batches: readonly PartitionRecords[], options: ProduceOptions): EncoderLike {
  const topics = [...Map.groupBy(batches, ({ topic }) => topic)];
  const head = Buffer.alloc(12);
  head.writeInt16BE(NO_TRANSACTION);
  head.writeInt16BE(ALL_IN_SYNC, 2);
  head.writeInt32BE(options.timeoutMs, 4);
  head.writeInt32BE(topics.length, 8);
  const parts = [planned(head), ...topics.flatMap(([topic, ofTopic]) => topicOf(topic, ofTopic, options))];
  const length = parts.reduce((sum, { size }) => sum + size, 0);
  const copy = (target: Buffer, from: number): void => void parts.reduce((at, { write }) => write(target, at), from);
  return { buf: head, buffer: { length, copy } };
}

const planned = (bytes: Buffer): PlannedBytes => ({
  size: bytes.length,
  write: (into, from) => from + bytes.copy(into, from),
});

function topicOf(topic: string, batches: readonly PartitionRecords[], options: ProduceOptions): PlannedBytes[] {
  const head = Buffer.alloc(2 + Buffer.byteLength(topic) + 4);
  const at = head.writeInt16BE(head.length - 6);
  head.writeInt32BE(batches.length, at + head.write(topic, at));
  return [planned(head), ...batches.flatMap((batch) => partitionOf(batch, options))];
}

function partitionOf(
  { topic, partition, records, mostPlainBytes = Infinity }: PartitionRecords,
  { sequenceOf, ...identity }: ProduceOptions,
): PlannedBytes[] {
  const plain = planBatch(records, { ...identity, firstSequence: sequenceOf(topic, partition) });
  const batch = plain.size > mostPlainBytes ? gzipped(plain) : plain;
  const head = Buffer.alloc(8);
  head.writeInt32BE(batch.size, head.writeInt32BE(partition));
  return [planned(head), batch];
}

const answersOf = ({ topics }: Answer): PartitionAnswer[] =>
  topics.flatMap(({ topicName: topic, partitions }) =>
    partitions.map(({ partition, errorCode }) => ({ topic, partition, errorCode })),
  );
