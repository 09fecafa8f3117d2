import { createRequire } from 'node:module';
import type { Kafka } from 'kafkajs';
import { createCluster, type KafkaBroker } from './kafka-cluster.js';

const require = createRequire(import.meta.url);

interface Encoder {
  writeInt8(value: number): Encoder;
  writeBoolean(value: boolean): Encoder;
  writeBuffer(value: Buffer): Encoder;
  writeUVarInt(value: number): Encoder;
  writeUVarIntString(value: string): Encoder;
}
interface Decoder {
  readInt16(): number;
  readInt32(): number;
  readBytes(length: number): Buffer;
  readBoolean(): boolean;
  readUVarIntString(): string | null;
  readUVarIntArray<T>(read: (decoder: Decoder) => T): T[];
  readTaggedFields(): unknown;
}
const NewEncoder = require('kafkajs/src/protocol/encoder') as new () => Encoder;
const NewDecoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => Decoder;

const METADATA = { apiKey: 3, apiVersion: 12, apiName: 'Metadata' } as const;
const NO_ID = Buffer.alloc(16);
const NO_TAGS = 0;

/** Fetches the ids that the cluster gave some topics when they were made. A recreated topic has another id. */
export class TopicIds {
  constructor(private readonly kafka: Kafka) {}

  /** By full topic name, as UUIDs; missing topics are left out. */
  async read(topics: readonly string[]): Promise<Map<string, string>> {
    const cluster = createCluster(this.kafka);
    try {
      await cluster.connect();
      return await ask(await cluster.brokerPool.findConnectedBroker(), topics);
    } finally {
      await cluster.disconnect().catch(() => undefined);
    }
  }
}

/** Trap: kafkajs speaks an older version of this request, without ids. */
function ask(broker: KafkaBroker, topics: readonly string[]): Promise<Map<string, string>> {
  return broker.connectionPool.send<Map<string, string>>({
    request: { ...METADATA, encode: () => Promise.resolve(requestOf(topics)) },
    response: {
      decode: (bytes) => Promise.resolve(idsOf(new NewDecoder(bytes))),
      parse: (ids) => Promise.resolve(ids),
    },
  });
}

/** The request's header ends with tags in this version. */
function requestOf(topics: readonly string[]): Encoder {
  const encoder = new NewEncoder().writeUVarInt(NO_TAGS).writeUVarInt(topics.length + 1);
  for (const topic of topics) encoder.writeBuffer(NO_ID).writeUVarIntString(topic).writeUVarInt(NO_TAGS);
  return encoder.writeBoolean(false).writeBoolean(false).writeUVarInt(NO_TAGS);
}

function idsOf(decoder: Decoder): Map<string, string> {
  decoder.readTaggedFields();
  decoder.readInt32();
  decoder.readUVarIntArray(skipBroker);
  decoder.readUVarIntString();
  decoder.readInt32();
  const topics = decoder.readUVarIntArray(topicOf);
  return new Map(topics.flatMap(({ errorCode, name, id }) => (errorCode === 0 && name !== null ? [[name, id]] : [])));
}

function skipBroker(decoder: Decoder): void {
  decoder.readInt32();
  decoder.readUVarIntString();
  decoder.readInt32();
  decoder.readUVarIntString();
  decoder.readTaggedFields();
}

function topicOf(decoder: Decoder): { errorCode: number; name: string | null; id: string } {
  const errorCode = decoder.readInt16();
  const name = decoder.readUVarIntString();
  const id = uuidOf(decoder.readBytes(NO_ID.length));
  decoder.readBoolean();
  decoder.readUVarIntArray(skipPartition);
  decoder.readInt32();
  decoder.readTaggedFields();
  return { errorCode, name, id };
}

function skipPartition(decoder: Decoder): void {
  decoder.readInt16();
  for (let field = 0; field < 3; field++) decoder.readInt32();
  for (let list = 0; list < 3; list++) decoder.readUVarIntArray((each) => each.readInt32());
  decoder.readTaggedFields();
}

const uuidOf = (bytes: Buffer): string => bytes.toString('hex').replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
