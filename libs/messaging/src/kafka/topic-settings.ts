import type { Kafka } from 'kafkajs';
import { brokerError } from './broker-request.js';
import { NewEncoder, sendOwnRequest, type Decoder, type Encoder } from './own-request.js';

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

const INCREMENTAL_ALTER_CONFIGS = { apiKey: 44, apiVersion: 0, apiName: 'IncrementalAlterConfigs' } as const;
const TOPIC = 2;
const SET = 0;

/**
 * Changes settings of topics and leaves their other settings unchanged.
 * Trap: kafkajs's own `alterConfigs` resets every setting that the call does not name.
 */
export const changeTopicSettings = (kafka: Kafka, settings: readonly TopicSetting[]): Promise<SettingAnswer[]> =>
  sendOwnRequest(kafka, { api: INCREMENTAL_ALTER_CONFIGS, body: requestOf(settings), read: answersOf });

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
