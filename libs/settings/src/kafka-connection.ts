import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { SASLOptions } from 'kafkajs';
import { boolean, brokerList, httpUrl, oneOf, pem } from './parsers.js';
import { oauthTokens } from './oauth-tokens.js';
import type { SettingsReader } from './settings-reader.js';

const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const;

/** How a process reaches the cluster. */
export interface KafkaConnection {
  brokers: string[];
  /** Files are read for each connection, so that a renewed certificate is used without a restart. */
  ssl: boolean | ConnectionOptions;
  /** Undefined where the cluster needs no sign-in. */
  sasl: SASLOptions | undefined;
}

/** Reads `KAFKA_BROKERS`, `KAFKA_SSL`, `KAFKA_SSL_…` and, where a user or a token endpoint is set, `KAFKA_SASL_…`. */
export function readKafkaConnection(settings: SettingsReader): KafkaConnection {
  const ssl = sslOf(settings);
  return {
    brokers: settings.read('KAFKA_BROKERS', undefined, brokerList),
    ssl,
    sasl: saslOf(settings, ssl !== false),
  };
}

function sslOf(settings: SettingsReader): boolean | ConnectionOptions {
  const isOn = settings.read('KAFKA_SSL', false, boolean);
  const parts: [part: 'ca' | 'cert' | 'key', name: string, text: string | undefined][] = [
    ['ca', 'KAFKA_SSL_CA', settings.readOptionalOrFile('KAFKA_SSL_CA', pem)],
    ['cert', 'KAFKA_SSL_CERT', settings.readOptionalOrFile('KAFKA_SSL_CERT', pem)],
    ['key', 'KAFKA_SSL_KEY', settings.readOptionalOrFile('KAFKA_SSL_KEY', pem)],
  ];
  const ssl: ConnectionOptions = {};
  for (const [part, name, text] of parts) {
    if (text === undefined) continue;
    const file = settings.text(name)?.trim() ? undefined : settings.text(`${name}_FILE`)?.trim();
    Object.defineProperty(ssl, part, { enumerable: true, get: () => (file === undefined ? text : contentOr(file, text)) });
  }
  const count = Object.keys(ssl).length;
  if ('cert' in ssl !== 'key' in ssl) settings.refuse('KAFKA_SSL_CERT and KAFKA_SSL_KEY go together.');
  if (count > 0 && settings.text('KAFKA_SSL')?.trim() && !isOn)
    settings.refuse('KAFKA_SSL is false, and KAFKA_SSL_… names certificates: one of the two is a mistake.');
  return count > 0 ? ssl : isOn;
}

/** If the file is just being replaced, this connection uses its former content. */
function contentOr(file: string, former: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return former;
  }
}

function saslOf(settings: SettingsReader, isTls: boolean): SASLOptions | undefined {
  const endpoint = settings.read<string | null>('KAFKA_SASL_OAUTH_TOKEN_URL', null, httpUrl);
  const username = settings.text('KAFKA_SASL_USERNAME');
  if (endpoint === null && !username) return undefined;
  const parse = oneOf(MECHANISMS);
  const usual = endpoint === null ? 'scram-sha-512' : 'oauthbearer';
  const mechanism = settings.read('KAFKA_SASL_MECHANISM', usual, (text) => parse(text.toLowerCase() as never));
  const mayBeClear = settings.read('KAFKA_SASL_PLAIN_WITHOUT_TLS', false, boolean);
  if (mechanism === 'plain' && !isTls && !mayBeClear)
    settings.refuse('KAFKA_SASL_MECHANISM plain sends the password as it is: set KAFKA_SSL, or KAFKA_SASL_PLAIN_WITHOUT_TLS.');
  if (mechanism !== 'oauthbearer') return { mechanism, username: username ?? '', password: passwordOf(settings) };
  if (endpoint === null) settings.refuse('KAFKA_SASL_OAUTH_TOKEN_URL is required for OAUTHBEARER.');
  const client = {
    id: settings.read('KAFKA_SASL_OAUTH_CLIENT_ID', undefined, anyText),
    secret: settings.readOrFile('KAFKA_SASL_OAUTH_CLIENT_SECRET', trimmed),
  };
  const scope = settings.read<string | null>('KAFKA_SASL_OAUTH_SCOPE', null, anyText);
  return { mechanism, oauthBearerProvider: oauthTokens(endpoint ?? '', client, scope) };
}

const anyText = (text: string): string => text;
const trimmed = (text: string): string => text.trim();

/** A password in the environment is not trimmed; a password file may end with a line break, which is removed. */
function passwordOf(settings: SettingsReader): string {
  const text = settings.text('KAFKA_SASL_PASSWORD');
  return text ?? settings.readOptionalOrFile('KAFKA_SASL_PASSWORD', (content) => content.replace(/\r?\n$/, '')) ?? '';
}
