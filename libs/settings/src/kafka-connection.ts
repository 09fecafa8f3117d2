import type { ConnectionOptions } from 'node:tls';
import type { SASLOptions } from 'kafkajs';
import { boolean, brokerList, httpUrl, oneOf, pem } from './parsers.js';
import { oauthTokens } from './oauth-tokens.js';
import { isQuoted, type SettingsReader } from './settings-reader.js';

const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const;

/** How a process reaches the cluster. Files are read for each connection, so that renewed ones are used without a restart. */
export interface KafkaConnection {
  brokers: string[];
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
  const parts = [
    ['ca', 'KAFKA_SSL_CA', settings.readOptionalOrFile('KAFKA_SSL_CA', pem)],
    ['cert', 'KAFKA_SSL_CERT', settings.readOptionalOrFile('KAFKA_SSL_CERT', pem)],
    ['key', 'KAFKA_SSL_KEY', settings.readOptionalOrFile('KAFKA_SSL_KEY', pem)],
  ] as const;
  const ssl: ConnectionOptions = {};
  for (const [part, name, text] of parts) if (text !== undefined) define(ssl, part, settings.renewable(name) ?? (() => text));
  const count = Object.keys(ssl).length;
  if ('cert' in ssl !== 'key' in ssl) settings.refuse('KAFKA_SSL_CERT and KAFKA_SSL_KEY go together.');
  if (count > 0 && settings.text('KAFKA_SSL')?.trim() && !isOn)
    settings.refuse('KAFKA_SSL is false, and KAFKA_SSL_… names certificates: one of the two is a mistake.');
  return count > 0 ? ssl : isOn;
}

/** Defines a property that is read anew each time. */
const define = <T extends object>(target: T, name: keyof T, get: () => string): T =>
  Object.defineProperty(target, name, { enumerable: true, get });

function saslOf(settings: SettingsReader, isTls: boolean): SASLOptions | undefined {
  const endpoint = settings.read<string | null>('KAFKA_SASL_OAUTH_TOKEN_URL', null, httpUrl);
  const username = asGiven(settings, 'KAFKA_SASL_USERNAME', settings.text('KAFKA_SASL_USERNAME'));
  if (endpoint === null && !username) return undefined;
  const parse = oneOf(MECHANISMS);
  const usual = endpoint === null ? 'scram-sha-512' : 'oauthbearer';
  const mechanism = settings.read('KAFKA_SASL_MECHANISM', usual, (text) => parse(text.toLowerCase() as never));
  const mayBeClear = settings.read('KAFKA_SASL_PLAIN_WITHOUT_TLS', false, boolean);
  if (mechanism === 'plain' && !isTls && !mayBeClear)
    settings.refuse('KAFKA_SASL_MECHANISM plain sends the password as it is: set KAFKA_SSL, or KAFKA_SASL_PLAIN_WITHOUT_TLS.');
  if (mechanism !== 'oauthbearer') {
    const password = passwordOf(settings);
    return define({ mechanism, username: username ?? '', password: '' }, 'password', password);
  }
  if (!isTls && !mayBeClear)
    settings.refuse('KAFKA_SASL_MECHANISM oauthbearer sends the token as it is: set KAFKA_SSL, or KAFKA_SASL_PLAIN_WITHOUT_TLS.');
  if (endpoint === null) settings.refuse('KAFKA_SASL_OAUTH_TOKEN_URL is required for OAUTHBEARER.');
  return { mechanism, oauthBearerProvider: tokensOf(settings, endpoint ?? '') };
}

function tokensOf(settings: SettingsReader, endpoint: string): ReturnType<typeof oauthTokens> {
  const id = settings.read('KAFKA_SASL_OAUTH_CLIENT_ID', undefined, (text) => text);
  const secret = settings.readOrFile('KAFKA_SASL_OAUTH_CLIENT_SECRET', (text) => text.trim());
  const renewed = settings.renewable('KAFKA_SASL_OAUTH_CLIENT_SECRET');
  const scope = settings.read<string | null>('KAFKA_SASL_OAUTH_SCOPE', null, (text) => text);
  return oauthTokens(endpoint, { id, secret: () => renewed?.().trim() ?? secret, scope });
}

/** A user or a password with its blanks; a line break at its end is that of the file or command which it came from. */
function asGiven(settings: SettingsReader, name: string, given: string | undefined): string | undefined {
  const text = given?.replace(/[\r\n]+$/, '');
  if (text && /[\r\n]/.test(text)) settings.refuse(`${name} must be one line.`);
  if (text && isQuoted(text)) settings.refuse(`${name} must not be in quotes: not every reader of env files removes them.`);
  return text;
}

/** A password in the environment is not trimmed, so that it can end with a blank; the content of a password file is. */
function passwordOf(settings: SettingsReader): () => string {
  const text = asGiven(settings, 'KAFKA_SASL_PASSWORD', settings.text('KAFKA_SASL_PASSWORD')) || undefined;
  const first = text ?? settings.readOptionalOrFile('KAFKA_SASL_PASSWORD', (content) => content) ?? '';
  return settings.renewable('KAFKA_SASL_PASSWORD') ?? (() => first);
}
