import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { presentUrl } from '#app/settings';
import { readEnv, readResealEnv, readSetUpEnv } from './env.js';

const servers = { GATEWAY_DATABASE_URL: 'postgresql://user:pass@localhost/gateway', KAFKA_BROKERS: 'one:9092' };

describe('the settings of the gateway set-up', () => {
  it('when no token is to be seeded / hold no key', () => {
    const { seed, topics } = readSetUpEnv(servers);
    expect(seed).toBeUndefined();
    expect(topics).toEqual({ prefix: 'contact-sync', partitions: 6, replicationFactor: 1, minInsyncReplicas: 1 });
  });

  it('when database, token and key are in files / reads them there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-env-'));
    const inFile = (name: string, content: string) => {
      writeFileSync(join(folder, name), `${content}\n`);
      return join(folder, name);
    };
    const { databaseUrl, seed } = readSetUpEnv({
      KAFKA_BROKERS: 'one:9092',
      GATEWAY_DATABASE_URL_FILE: inFile('database', servers.GATEWAY_DATABASE_URL),
      API_TOKEN_FILE: inFile('token', 'a-token-of-set-up'),
      GATEWAY_SECRET_FILE: inFile('secret', Buffer.alloc(32, 1).toString('base64url')),
    });
    expect([presentUrl(databaseUrl), seed]).toEqual([
      servers.GATEWAY_DATABASE_URL,
      { token: 'a-token-of-set-up', secret: Buffer.alloc(32, 1) },
    ]);
    rmSync(folder, { recursive: true });
  });

  it('when a token is to be seeded / require the key of its hash', () => {
    const seeding = { ...servers, API_TOKEN: 'a-token-of-set-up' };
    expect(() => readSetUpEnv(seeding)).toThrow('GATEWAY_SECRET is required.');
    const GATEWAY_SECRET = Buffer.alloc(32, 1).toString('base64url');
    expect(readSetUpEnv({ ...seeding, GATEWAY_SECRET }).seed).toEqual({
      token: 'a-token-of-set-up',
      secret: Buffer.alloc(32, 1),
    });
  });
});

describe('the keys of the gateway', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const own = { ...publicKey.export({ format: 'jwk' }), kid: 'one' };
  const secret = { ...privateKey.export({ format: 'jwk' }), kid: 'one' };
  const setOf = (...keys: object[]) => JSON.stringify({ keys });
  const secrets = { ...servers, GATEWAY_SECRET: Buffer.alloc(32, 1).toString('base64url') };
  const withKeys = (keys: string) => () => readEnv({ ...secrets, CREDENTIAL_PUBLIC_KEYS: keys });

  it('when they are public ones / are taken as they are', () => {
    expect(withKeys(setOf(own, { ...own, kid: 'two' }))().credentialPublicKeys).toBe(setOf(own, { ...own, kid: 'two' }));
  });

  it.each([
    ['no key set', 'nonsense'],
    ['an empty one', setOf()],
    ['a private one', setOf(secret)],
    ['a damaged one', setOf({ ...own, x: 'AAAA' })],
    ['one without a kid', setOf({ ...own, kid: '' })],
    ['of another kind', setOf({ ...own, kty: 'RSA', crv: undefined })],
    ['two of one kid', setOf(own, own)],
    ['for another use', setOf({ ...own, key_ops: ['verify'] })],
  ])('when they are %s / are refused by the name of the setting, and not shown', (_, keys) => {
    expect(withKeys(keys)).toThrow(/^CREDENTIAL_PUBLIC_KEYS [a-z][^{}]*\.$/);
    const both = { ...secrets, CREDENTIAL_PUBLIC_KEYS: keys, CREDENTIAL_PRIVATE_KEYS: setOf(own) };
    expect(() => readResealEnv(both)).toThrow(/^CREDENTIAL_PUBLIC_KEYS .*\.\nCREDENTIAL_PRIVATE_KEYS must hold private keys\.$/);
  });
});
