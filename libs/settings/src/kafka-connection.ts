import type { SASLOptions } from 'kafkajs';
import { boolean, brokerList, oneOf } from './parsers.js';
import type { SettingsReader } from './settings-reader.js';

const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/** How a process reaches the cluster. */
export interface KafkaConnection {
  brokers: string[];
  ssl: boolean;
  /** Undefined where the cluster asks for no sign-in. */
  sasl: SASLOptions | undefined;
}

/** Reads `KAFKA_BROKERS`, `KAFKA_SSL` and, where there is a user, `KAFKA_SASL_…`. */
export function readKafkaConnection(settings: SettingsReader): KafkaConnection {
  return {
    brokers: settings.read('KAFKA_BROKERS', undefined, brokerList),
    ssl: settings.read('KAFKA_SSL', false, boolean),
    sasl: settings.text('KAFKA_SASL_USERNAME') ? saslOf(settings) : undefined,
  };
}

function saslOf(settings: SettingsReader): SASLOptions {
  const parse = oneOf(MECHANISMS);
  const mechanism = settings.read('KAFKA_SASL_MECHANISM', 'scram-sha-512', (text) => parse(text.toLowerCase() as never));
  // As they are: nothing of a password is trimmed.
  const username = settings.text('KAFKA_SASL_USERNAME') ?? '';
  return { mechanism, username, password: settings.text('KAFKA_SASL_PASSWORD') ?? '' };
}
