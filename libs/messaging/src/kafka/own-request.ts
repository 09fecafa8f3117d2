import { createRequire } from 'node:module';
import type { Kafka } from 'kafkajs';
import { createCluster } from './kafka-cluster.js';

const require = createRequire(import.meta.url);

/** kafkajs's writer of a request. */
export interface Encoder {
  writeInt8(value: number): Encoder;
  writeBoolean(value: boolean): Encoder;
  writeBuffer(value: Buffer): Encoder;
  writeString(value: string): Encoder;
  writeArray(items: Encoder[]): Encoder;
  writeUVarInt(value: number): Encoder;
  writeUVarIntString(value: string): Encoder;
}

/** kafkajs's reader of an answer. */
export interface Decoder {
  readInt8(): number;
  readInt16(): number;
  readInt32(): number;
  readBytes(length: number): Buffer;
  readBoolean(): boolean;
  readString(): string;
  readArray<T>(read: (decoder: Decoder) => T): T[];
  readUVarIntString(): string | null;
  readUVarIntArray<T>(read: (decoder: Decoder) => T): T[];
  readTaggedFields(): unknown;
}

/** An empty request. */
export const NewEncoder = require('kafkajs/src/protocol/encoder') as new () => Encoder;
const NewDecoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => Decoder;

/** A request that kafkajs lacks, or knows only in an older version. */
interface OwnRequest<Answer> {
  api: { apiKey: number; apiVersion: number; apiName: string };
  body: Encoder;
  read: (decoder: Decoder) => Answer;
}

/** Sends a request to any broker of the cluster, over a connection of its own, and returns the whole answer, error codes included. */
export async function sendOwnRequest<Answer>(kafka: Kafka, { api, body, read }: OwnRequest<Answer>): Promise<Answer> {
  const cluster = createCluster(kafka);
  try {
    await cluster.connect();
    const broker = await cluster.brokerPool.findConnectedBroker();
    return await broker.connectionPool.send<Answer>({
      request: { ...api, encode: () => Promise.resolve(body) },
      response: {
        decode: (bytes) => Promise.resolve(read(new NewDecoder(bytes))),
        parse: (answer) => Promise.resolve(answer),
      },
    });
  } finally {
    await cluster.disconnect().catch(() => undefined);
  }
}
