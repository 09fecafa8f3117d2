import { createRequire } from 'node:module';
import { CompressionTypes, type IHeaders } from 'kafkajs';
import type { Protocol } from './broker-request.js';

const require = createRequire(import.meta.url);

/** A record to be sent, in the order of its partition. */
export interface ProducedRecord {
  key: string | Buffer | null;
  /** Null is a tombstone. */
  value: string | Buffer | null;
  headers: IHeaders | undefined;
}

/** Records of one partition. */
export interface PartitionRecords {
  topic: string;
  partition: number;
  records: readonly ProducedRecord[];
}

/** What the broker answers about one partition; code 0: all in-sync replicas have the records. */
export interface PartitionAnswer {
  topic: string;
  partition: number;
  errorCode: number;
}

export interface ProduceOptions {
  producerId: string;
  producerEpoch: number;
  timeoutMs: number;
  sequenceOf: (topic: string, partition: number) => number;
}

interface Encoder {
  size(): number;
  writeInt8(value: number): Encoder;
  writeInt16(value: number): Encoder;
  writeInt32(value: number): Encoder;
  writeString(value: string | null): Encoder;
  writeVarInt(value: number): Encoder;
  writeVarLong(value: number): Encoder;
  writeVarIntString(value: string): Encoder;
  writeVarIntBytes(value: string | Buffer | null): Encoder;
  writeEncoder(value: Encoder): Encoder;
  writeArray(values: Encoder[]): Encoder;
}
interface Answer {
  topics: { topicName: string; partitions: { partition: number; errorCode: number }[] }[];
}
const NewEncoder = require('kafkajs/src/protocol/encoder') as new (initialSize?: number) => Encoder;
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as { RecordBatch: (batch: object) => Promise<Encoder> };
const { decode } = require('kafkajs/src/protocol/requests/produce/v7/response') as { decode: (bytes: Buffer) => Promise<Answer> };

const PRODUCE = { apiKey: 0, apiVersion: 7, apiName: 'Produce' } as const;
const NO_TRANSACTION = null;
const ALL_IN_SYNC = -1;

/**
 * The request to take records, whose answer says of each partition what became of it.
 * Trap: kafkajs' own cannot encode a header that is null, and throws the first partition's error of an answer.
 */
export const produceRequest = (batches: readonly PartitionRecords[], options: ProduceOptions): Protocol<PartitionAnswer[]> => ({
  request: { ...PRODUCE, encode: () => encode(batches, options) },
  response: { decode: async (bytes) => answersOf(await decode(bytes)), parse: (answers) => Promise.resolve(answers) },
});

async function encode(batches: readonly PartitionRecords[], options: ProduceOptions): Promise<Encoder> {
  const topics = await Promise.all(
    [...Map.groupBy(batches, ({ topic }) => topic)].map(async ([topic, ofTopic]) =>
      new NewEncoder().writeString(topic).writeArray(await Promise.all(ofTopic.map((batch) => partitionOf(batch, options)))),
    ),
  );
  return new NewEncoder().writeString(NO_TRANSACTION).writeInt16(ALL_IN_SYNC).writeInt32(options.timeoutMs).writeArray(topics);
}

async function partitionOf({ topic, partition, records }: PartitionRecords, options: ProduceOptions): Promise<Encoder> {
  const now = Date.now();
  const batch = await RecordBatch({
    compression: CompressionTypes.None,
    records: records.map(recordOf),
    ...{ firstTimestamp: now, maxTimestamp: now, lastOffsetDelta: records.length - 1 },
    ...{ producerId: options.producerId, producerEpoch: options.producerEpoch },
    firstSequence: options.sequenceOf(topic, partition),
  });
  return new NewEncoder().writeInt32(partition).writeInt32(batch.size()).writeEncoder(batch);
}

/** By the order of the protocol: attributes, time and offset as differences to the batch's, key, value, headers. */
function recordOf({ key, value, headers }: ProducedRecord, index: number): Encoder {
  const body = new NewEncoder().writeInt8(0).writeVarLong(0).writeVarInt(index).writeVarIntBytes(key).writeVarIntBytes(value);
  const entries = Object.entries(headers ?? {}).flatMap(([name, of]) =>
    (Array.isArray(of) ? of : [of]).map((each) => [name, each]),
  );
  body.writeVarInt(entries.length);
  for (const [name, each] of entries) body.writeVarIntString(name as string).writeVarIntBytes(each ?? null);
  return new NewEncoder().writeVarInt(body.size()).writeEncoder(body);
}

const answersOf = ({ topics }: Answer): PartitionAnswer[] =>
  topics.flatMap(({ topicName: topic, partitions }) =>
    partitions.map(({ partition, errorCode }) => ({ topic, partition, errorCode })),
  );
