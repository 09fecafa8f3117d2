import type { Kafka } from 'kafkajs';
import { NewEncoder, sendOwnRequest, type Decoder, type Encoder } from './own-request.js';

// Trap: kafkajs speaks an older version of this request, without ids.
const METADATA = { apiKey: 3, apiVersion: 12, apiName: 'Metadata' } as const;
const NO_ID = Buffer.alloc(16);
const NO_TAGS = 0;

/** Fetches the ids that the cluster gave some topics when they were made. A recreated topic has another id. */
export class TopicIds {
  constructor(private readonly kafka: Kafka) {}

  /** By full topic name, as UUIDs; missing topics are left out. */
  read(topics: readonly string[]): Promise<Map<string, string>> {
    return sendOwnRequest(this.kafka, { api: METADATA, body: requestOf(topics), read: idsOf });
  }
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
