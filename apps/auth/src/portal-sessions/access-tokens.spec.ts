import { createSecretKey } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { exportJWK, exportSPKI, generateKeyPair, importJWK, SignJWT, type CryptoKey, type JWK } from 'jose';
import { AccessTokens, type NewToken } from './access-tokens.js';
import { NoSession } from './portal-session.errors.js';

const CLAIMS = { jti: '0197', contactId: 7, sessionVersion: 3 };

/** A token of a session that has just begun. */
const newToken = (): NewToken => ({ ...CLAIMS, expiresAt: Math.floor(Date.now() / 1_000) + TERMS.ttlSeconds });

const TERMS = { issuer: 'contact-sync/auth', audience: 'portal', ttlSeconds: 900 };

let tokens: AccessTokens;
let es256: JWK;
let ed25519: JWK;

beforeAll(async () => {
  const pair = async (alg: string, kid: string) =>
    ({ ...(await exportJWK((await generateKeyPair(alg, { extractable: true })).privateKey)), kid }) as JWK;
  [es256, ed25519] = [await pair('ES256', 'k1'), await pair('EdDSA', 'k2')];
  tokens = await AccessTokens.from(JSON.stringify({ keys: [es256, ed25519] }), TERMS);
});

interface Forgery {
  header?: object;
  payload?: object;
  key?: CryptoKey | ReturnType<typeof createSecretKey>;
}

/** A token as the app makes it, with some claims replaced. */
async function forge({ header = {}, payload = {}, key }: Forgery): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  const claims = { contact_id: 7, session_version: 3, jti: '0197', sub: '7', iss: 'contact-sync/auth', aud: 'portal' };
  return new SignJWT({ ...claims, iat: now, exp: now + 900, ...payload })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'at+jwt', ...header })
    .sign(key ?? (await importJWK(es256, 'ES256')));
}

it('when a token was issued with the current or an older key / it is read', async () => {
  await expect(tokens.read(await tokens.issue(newToken()))).resolves.toEqual(CLAIMS);
  const older = await AccessTokens.from(JSON.stringify({ keys: [ed25519, es256] }), TERMS);
  await expect(tokens.read(await older.issue(newToken()))).resolves.toEqual(CLAIMS);
  await expect(tokens.read(await forge({}))).resolves.toEqual(CLAIMS);
});

describe('an access token that is not valid', () => {
  it('when the public key was used as a shared secret / is refused', async () => {
    const { keys } = tokens.publicKeys;
    const publicKey = (await importJWK(keys[0]!, 'ES256', { extractable: true })) as CryptoKey;
    for (const secret of [await exportSPKI(publicKey), JSON.stringify(keys[0]), keys[0]!.x!]) {
      const key = createSecretKey(Buffer.from(secret.padEnd(32, '0')));
      await expect(tokens.read(await forge({ header: { alg: 'HS256' }, key }))).rejects.toThrow(NoSession);
    }
  });

  it('when it has no signature, or is signed with a key that it brings along / is refused', async () => {
    const [, payload] = (await forge({})).split('.');
    const none = Buffer.from('{"alg":"none","typ":"at+jwt","kid":"k1"}').toString('base64url');
    await expect(tokens.read(`${none}.${payload}.`)).rejects.toThrow(NoSession);
    const own = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(own.publicKey);
    for (const kid of ['k1', 'theirs'])
      await expect(tokens.read(await forge({ header: { jwk, kid }, key: own.privateKey }))).rejects.toThrow(NoSession);
  });

  it.each<[string, Forgery]>([
    ['it names no key', { header: { kid: undefined } }],
    ['it names an unknown key', { header: { kid: 'k3' } }],
    ['it names another known key', { header: { kid: 'k2' } }],
    ['it is of another type', { header: { typ: 'JWT' } }],
    ['it has another issuer', { payload: { iss: 'somebody' } }],
    ['it is for another audience', { payload: { aud: 'elsewhere' } }],
    ['it has expired', { payload: { exp: Math.floor(Date.now() / 1_000) - 1 } }],
    ['its contact is no number', { payload: { contact_id: '7' } }],
    ['it names no session', { payload: { jti: undefined } }],
  ])('when %s / is refused', async (_, forgery) => {
    await expect(tokens.read(await forge(forgery))).rejects.toThrow(NoSession);
  });
});

describe('when another deployment has the same keys', () => {
  it.each([
    ['issuer', { ...TERMS, issuer: 'staging' }],
    ['audience', { ...TERMS, audience: 'staging' }],
  ])('and another %s / its tokens are refused', async (_, terms) => {
    const other = await AccessTokens.from(JSON.stringify({ keys: [es256] }), terms);
    const token = await other.issue(newToken());
    await expect(other.read(token)).resolves.toEqual(CLAIMS);
    await expect(tokens.read(token)).rejects.toThrow(NoSession);
  });
});
