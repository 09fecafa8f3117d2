import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { openCredential, readOpeningKeys, readSealingKey, sealCredential, TokenKeys } from '#app/credentials';
import { importJWK, type JWK } from 'jose';
import { keepSecrets } from './secrets.js';

const PHC = '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('when a credential is sealed with the public keys / the private ones open it, and the public ones hold nothing private', async () => {
  const { credentialPublicKeysFile, credentialPrivateKeysFile } = await keepSecrets(folder, null);
  const sealed = await sealCredential(await readSealingKey(readFileSync(credentialPublicKeysFile, 'utf8')), 7, PHC);
  const keys = await readOpeningKeys(readFileSync(credentialPrivateKeysFile, 'utf8'));
  await expect(openCredential(keys, 7, sealed)).resolves.toBe(PHC);
});

it('when the public keys are lost / they are derived from the private ones again', async () => {
  const { credentialPublicKeysFile } = await keepSecrets(folder, null);
  const before = readFileSync(credentialPublicKeysFile, 'utf8');
  rmSync(credentialPublicKeysFile);
  await keepSecrets(folder, null);
  expect(readFileSync(credentialPublicKeysFile, 'utf8')).toBe(before);
});

it('when signing keys are made / they are private, have ids and can sign', async () => {
  const { tokenSigningKeysFile } = await keepSecrets(folder, null);
  const { keys } = JSON.parse(readFileSync(tokenSigningKeysFile, 'utf8')) as { keys: JWK[] };
  expect(keys).toEqual([expect.objectContaining({ kid: expect.any(String), alg: 'ES256', d: expect.any(String) })]);
  await expect(importJWK(keys[0]!, 'ES256')).resolves.toMatchObject({ type: 'private' });
});

it('when secrets exist / they are not made again', async () => {
  const first = await keepSecrets(folder, null);
  expect(await keepSecrets(folder, null)).toEqual(first);
});

it('when the API token is made / has the checksum by which the gateway knows its own tokens without a query', async () => {
  const { apiToken, gatewaySecret } = await keepSecrets(folder, null);
  expect(TokenKeys.ofText(gatewaySecret).formOf(apiToken)).toBe('with checksum');
});

it('when a data folder has a token of an earlier form / keeps it', async () => {
  writeFileSync(join(folder, 'api-token'), 'cs_of_an_earlier_run\n');
  expect((await keepSecrets(folder, null)).apiToken).toBe('cs_of_an_earlier_run');
});

it('when secrets are stored / only their owner can read them', async () => {
  await keepSecrets(folder, null);
  expect(readdirSync(folder).filter((file) => (statSync(join(folder, file)).mode & 0o777) !== 0o600)).toEqual([]);
});

it('when a token is given / no other is stored', async () => {
  expect((await keepSecrets(folder, 'cs_given_by_me')).apiToken).toBe('cs_given_by_me');
  expect(readdirSync(folder)).not.toContain('api-token');
});
