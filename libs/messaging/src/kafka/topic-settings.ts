import { createRequire } from 'node:module';
import type { Kafka } from 'kafkajs';
import { brokerError } from './broker-request.js';
import { createCluster, type KafkaBroker } from './kafka-cluster.js';

const require = createRequire(import.meta.url);

interface Encoder {
  writeInt8(value: number): Encoder;
  writeString(value: string): Encoder;
  writeBoolean(value: boolean): Encoder;
  writeArray(items: Encoder[]): Encoder;
}
interface Decoder {
  readInt8(): number;
  readInt16(): number;
  readInt32(): number;
  readString(): string;
  readArray<T>(read: (decoder: Decoder) => T): T[];
}
const NewEncoder = require('kafkajs/src/protocol/encoder') as new () => Encoder;
const NewDecoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => Decoder;

/** A topic's setting and its new value. */
interface TopicSetting {
  topic: string;
  name: string;
  value: string;
}

/** The broker's result for one topic. */
interface SettingAnswer {
  topic: string;
  /** Undefined where the settings were changed. */
  error: Error | undefined;
}

const INCREMENTAL_ALTER_CONFIGS = 44;
const TOPIC = 2;
const SET = 0;

/**
 * Changes settings of topics and leaves their other settings unchanged.
 * Trap: kafkajs's own `alterConfigs` resets every setting that the call does not name.
 */
export async function changeTopicSettings(kafka: Kafka, settings: readonly TopicSetting[]): Promise<SettingAnswer[]> {
  const cluster = createCluster(kafka);
  try {
    await cluster.connect();
    return await alter(await cluster.brokerPool.findConnectedBroker(), settings);
  } finally {
    await cluster.disconnect().catch(() => undefined);
  }
}

function alter(broker: KafkaBroker, settings: readonly TopicSetting[]): Promise<SettingAnswer[]> {
  return broker.connectionPool.send<SettingAnswer[]>({
    request: {
      apiKey: INCREMENTAL_ALTER_CONFIGS,
      apiVersion: 0,
      apiName: 'IncrementalAlterConfigs',
      encode: () => Promise.resolve(requestOf(settings)),
    },
    response: {
      decode: (bytes) => Promise.resolve(answersOf(new NewDecoder(bytes))),
      parse: (answers) => Promise.resolve(answers),
    },
  });
}

function requestOf(settings: readonly TopicSetting[]): Encoder {
  const resources = [...Map.groupBy(settings, ({ topic }) => topic)].map(([topic, ofTopic]) =>
    new NewEncoder()
      .writeInt8(TOPIC)
      .writeString(topic)
      .writeArray(ofTopic.map(({ name, value }) => new NewEncoder().writeString(name).writeInt8(SET).writeString(value))),
  );
  return new NewEncoder().writeArray(resources).writeBoolean(false);
}

function answersOf(decoder: Decoder): SettingAnswer[] {
  decoder.readInt32();
  return decoder.readArray((each) => {
    const code = each.readInt16();
    const text = each.readString();
    each.readInt8();
    const error = code === 0 ? undefined : Object.assign(brokerError(code), text ? { message: text } : {});
    return { topic: each.readString(), error };
  });
}
