import { isIP } from 'node:net';
import type { SettingParser } from './settings-reader.js';

const SECRET_BYTES = 32;

/** Accepts texts that match the pattern; the error is the rule. */
const matching =
  (pattern: RegExp, rule: string): SettingParser<string> =>
  (text) => {
    if (!pattern.test(text)) throw new Error(rule);
    return text;
  };

export const integer =
  (min: number, max: number): SettingParser<number> =>
  (text) => {
    if (!/^\d{1,15}$/.test(text) || Number(text) < min || Number(text) > max)
      throw new Error(`must be a whole number from ${min} to ${max}`);
    return Number(text);
  };

/** Also accepts `1` and `0`. */
export const boolean: SettingParser<boolean> = (text) => {
  if (!['true', 'false', '1', '0'].includes(text)) throw new Error('must be true or false');
  return text === 'true' || text === '1';
};

/** Accepts one of some words. */
export const oneOf =
  <T extends string>(words: readonly T[]): SettingParser<T> =>
  (text) => {
    if (!words.includes(text as T)) throw new Error(`must be one of ${words.join(', ')}`);
    return text as T;
  };

/** A token or password that goes into a header. */
export const visibleAscii = (min: number, max: number): SettingParser<string> =>
  matching(new RegExp(`^[\\x21-\\x7e]{${min},${max}}$`), `must be ${min} to ${max} visible ASCII characters`);

/** A name or an address to listen on. A URL, by which the image's health check and the local run ask there, has no place for a zone. */
export const hostName: SettingParser<string> = matching(
  /^[a-zA-Z0-9._:-]{1,255}$/,
  'must be a host name, or an IPv4 or IPv6 address without a zone',
);

/** A topic, a topic prefix or a consumer group. */
export const kafkaName = (max: number): SettingParser<string> =>
  matching(new RegExp(`^[a-zA-Z0-9._-]{1,${max}}$`), `must be 1 to ${max} letters, digits, dots, hyphens or underscores`);

export const brokerList: SettingParser<string[]> = (text) => {
  const brokers = text.split(',').map((broker) => broker.trim());
  if (!brokers.every((broker) => /^([^\s:[\]]+|\[[0-9a-fA-F:]+\]):\d{1,5}$/.test(broker)))
    throw new Error('must be host:port, or several with commas between');
  return brokers;
};

/** A certificate or a key. */
export const pem: SettingParser<string> = (text) => {
  if (!text.includes('-----BEGIN ')) throw new Error('must be PEM');
  return text;
};

export const httpUrl: SettingParser<string> = (text) => {
  if (!/^https?:$/.test(URL.parse(text)?.protocol ?? '')) throw new Error('must be an http or https URL');
  return text;
};

/** The bytes of a secret. */
export const secret: SettingParser<Buffer> = (text) => {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length < SECRET_BYTES) throw new Error(`must be at least ${SECRET_BYTES} random bytes in base64url`);
  return bytes;
};

/** Trusted senders of `X-Forwarded-For`: a number of proxies, or their addresses and networks; false for no proxy. */
export type TrustedProxies = number | string | false;

export const trustedProxies: SettingParser<TrustedProxies> = (text) => {
  if (['false', 'off', '0'].includes(text)) return false;
  if (/^\d{1,2}$/.test(text)) return Number(text);
  if (!text.split(',').every(isNetwork)) throw new Error('must be off, a number of proxies, or their addresses');
  return text;
};

/** An address, or a network as `10.0.0.0/8` or `10.0.0.0/255.0.0.0`. */
function isNetwork(text: string): boolean {
  const [address = '', range, ...further] = text.trim().split('/');
  const version = isIP(address);
  if (version === 0 || address.includes('%') || further.length > 0) return false;
  if (range === undefined) return true;
  if (/^\d{1,3}$/.test(range)) return Number(range) > 0 && Number(range) <= (version === 4 ? 32 : 128);
  return version === 4 && isMask(range);
}

/** Ones, then zeros. */
const isMask = (text: string): boolean =>
  isIP(text) === 4 &&
  /^1+0*$/.test(
    text
      .split('.')
      .map((byte) => Number(byte).toString(2).padStart(8, '0'))
      .join(''),
  );
