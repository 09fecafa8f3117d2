import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { InvalidSettings } from '#app/settings';
import { readEnv, readSetUpEnv } from './env.js';

const pair = (kid = 'one') => ({
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
  kid,
});
const setOf = (...keys: object[]) => JSON.stringify({ keys });
const signing = setOf(pair());
const complete = {
  AUTH_DATABASE_URL: 'postgresql://user:pass@localhost/auth',
  KAFKA_BROKERS: 'one:9092, two:9092',
  CREDENTIAL_PRIVATE_KEYS: signing,
  TOKEN_SIGNING_KEYS: signing,
};

const defectsOf = (source: Record<string, string>): string[] => {
  try {
    readEnv(source);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidSettings)) throw error;
    return error.message.split('\n');
  }
};

describe('settings of the auth app', () => {
  it('when only the required ones are given / the others have their defaults', () => {
    expect(readEnv(complete)).toMatchObject({
      port: 3001,
      kafka: { brokers: ['one:9092', 'two:9092'], ssl: false, sasl: undefined },
      topicPrefix: 'contact-sync',
      consumerGroup: 'contact-sync-auth',
      operatorToken: undefined,
      accessTokens: { issuer: 'contact-sync/auth', audience: 'portal', ttlSeconds: 900 },
      attempts: { perEmailAndAddress: 10, perAddress: 100, perEmail: 100, windowSeconds: 900, atOnce: 4 },
      trustProxy: false,
      logLevel: 'info',
    });
  });
});

describe('wrong settings of the auth app', () => {
  it('when some are missing or wrong / the error names each of them on a line of its own', () => {
    expect(defectsOf({ AUTH_PORT: 'x', LOG_LEVEL: 'loud' })).toEqual([
      'AUTH_PORT must be a whole number from 0 to 65535.',
      'AUTH_DATABASE_URL is required.',
      'KAFKA_BROKERS is required.',
      'CREDENTIAL_PRIVATE_KEYS is required.',
      'TOKEN_SIGNING_KEYS is required.',
      'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent.',
    ]);
  });

  it.each([
    ['AUTH_DATABASE_URL', 'mysql://x'],
    ['KAFKA_BROKERS', 'localhost'],
    ['KAFKA_SSL', 'perhaps'],
    ['TOPIC_PREFIX', 'a b'],
    ['CREDENTIAL_PRIVATE_KEYS', 'no JSON'],
    ['CREDENTIAL_PRIVATE_KEYS', '{"keys":[]}'],
    ['CREDENTIAL_PRIVATE_KEYS', '{"keys":[{"kid":"one"}]}'],
    ['CREDENTIAL_PRIVATE_KEYS', 'null'],
    ['TOKEN_SIGNING_KEYS', '{"keys":[{"kid":"one","d":"x","kty":"RSA"}]}'],
    ['TOKEN_SIGNING_KEYS', '{"keys":[null]}'],
    ['ACCESS_TOKEN_TTL_SECONDS', '0'],
    ['LOGIN_ATTEMPTS_PER_EMAIL', '-1'],
    ['LOGIN_ATTEMPTS_WINDOW_SECONDS', '1.5'],
    ['TRUST_PROXY', 'yes please'],
    ['TRUST_PROXY', '10.0.0.0/8, 192.168.0.0/99'],
    ['TRUST_PROXY', '10.0.0'],
    ['TRUST_PROXY', '10.0.0.0/8,'],
    ['TRUST_PROXY', 'fe80::/200'],
  ])('when it is %s=%s / is refused', (name, value) => {
    expect(defectsOf({ ...complete, [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name} .*\\.$`))]);
  });

  describe.each(['CREDENTIAL_PRIVATE_KEYS', 'TOKEN_SIGNING_KEYS'])('when the keys of %s', (name) => {
    it.each([
      ['are public ones', () => setOf({ ...pair(), d: undefined })],
      ['have a damaged secret', () => setOf({ ...pair(), d: 'AAAA' })],
      ['have a damaged coordinate', () => setOf({ ...pair(), x: 'AAAA' })],
      ['are of another curve', () => setOf({ ...pair(), crv: 'secp256k1' })],
      ['share a kid', () => setOf(pair('one'), pair('two'), pair('one'))],
      ['are for another use', () => setOf({ ...pair(), key_ops: ['verify'] })],
    ])('%s / they are refused', (_, keys) => {
      expect(defectsOf({ ...complete, [name]: keys() })).toEqual([expect.stringMatching(new RegExp(`^${name} [a-z][^{}]*\\.$`))]);
    });

    it('say what they are for / they are accepted', () => {
      const key_ops = { CREDENTIAL_PRIVATE_KEYS: ['deriveKey', 'deriveBits'], TOKEN_SIGNING_KEYS: ['sign'] }[name];
      expect(defectsOf({ ...complete, [name]: setOf({ ...pair(), key_ops }) })).toEqual([]);
    });
  });

  it('when a key is wrong / the error shows nothing of it', () => {
    const wrong = JSON.stringify({ keys: [{ kty: 'RSA', d: 'secret-d', kid: 'one' }] });
    expect(defectsOf({ ...complete, TOKEN_SIGNING_KEYS: wrong }).join()).not.toContain('secret-d');
  });
});

describe('when keys are in files', () => {
  it('and a file cannot be read / the error names the file', () => {
    const { TOKEN_SIGNING_KEYS: _, ...rest } = complete;
    expect(defectsOf({ ...rest, TOKEN_SIGNING_KEYS_FILE: '/nowhere' })).toEqual([
      'TOKEN_SIGNING_KEYS_FILE names a file that cannot be read.',
    ]);
  });
});

it.each([
  ['2', 2],
  ['off', false],
  ['10.0.0.0/8', '10.0.0.0/8'],
  ['10.0.0.0/255.0.0.0, 192.0.2.7,2001:db8::/32', '10.0.0.0/255.0.0.0, 192.0.2.7,2001:db8::/32'],
] as const)('believes proxies as TRUST_PROXY=%s says', (value, trustProxy) => {
  expect(readEnv({ ...complete, TRUST_PROXY: value }).trustProxy).toBe(trustProxy);
});

describe('settings of set-up', () => {
  it('when they are read / only the database is needed, and no key', () => {
    const { AUTH_DATABASE_URL } = complete;
    expect(readSetUpEnv({ AUTH_DATABASE_URL })).toEqual({ databaseUrl: AUTH_DATABASE_URL });
  });
});
