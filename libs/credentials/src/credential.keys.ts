import { exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';
import { InvalidCredentialKeys } from './credential.errors.js';

/** Key agreement of a sealed credential (RFC 7518, 4.6). */
export const SEAL_ALGORITHM = 'ECDH-ES';

/** The gateway's keys: they can seal, but not open. */
export interface SealingKey {
  readonly kid: string;
  readonly key: CryptoKey;
}

/** The auth app's private keys, by key id: all that an existing credential may be sealed to. */
export type OpeningKeys = ReadonlyMap<string, CryptoKey>;

/** A JSON Web Key Set (RFC 7517). */
export interface KeySet {
  keys: JWK[];
}

/** A new key pair for sealing, as two key sets: the public one for the gateway, the private one for the auth app. */
export async function generateSealingKeys(kid: string): Promise<{ publicKeys: KeySet; privateKeys: KeySet }> {
  const { publicKey, privateKey } = await generateKeyPair(SEAL_ALGORITHM, { crv: 'P-256', extractable: true });
  const common = { kid, use: 'enc', alg: SEAL_ALGORITHM };
  return {
    publicKeys: { keys: [{ ...(await exportJWK(publicKey)), ...common }] },
    privateKeys: { keys: [{ ...(await exportJWK(privateKey)), ...common }] },
  };
}

/**
 * Reads the gateway's key set. New credentials are sealed to its first key.
 * @throws {InvalidCredentialKeys} where the text is not a key set, or contains a private key, which the gateway must not have
 */
export async function readSealingKey(jwks: string): Promise<SealingKey> {
  const keys = parseKeySet(jwks);
  const [first] = keys;
  if (!first) throw new InvalidCredentialKeys('The key set is empty.');
  if (keys.some(({ d }) => d !== undefined))
    throw new InvalidCredentialKeys('Private key where a public one belongs: the gateway must not be able to open credentials.');
  return { kid: kidOf(first), key: await importKey(first) };
}

/**
 * Reads the auth app's private keys.
 * @throws {InvalidCredentialKeys} where the text is not a key set, or contains a key that is not private
 */
export async function readOpeningKeys(jwks: string): Promise<OpeningKeys> {
  const keys = parseKeySet(jwks);
  if (keys.length === 0) throw new InvalidCredentialKeys('The key set is empty.');
  if (keys.some((key) => key.d === undefined)) throw new InvalidCredentialKeys('Public key where a private one belongs.');
  return new Map(await Promise.all(keys.map(async (key) => [kidOf(key), await importKey(key)] as const)));
}

function parseKeySet(jwks: string): JWK[] {
  try {
    const { keys } = JSON.parse(jwks) as KeySet;
    if (Array.isArray(keys)) return keys;
  } catch {
    // A parser's message quotes its input, which is a key: it is not passed on.
  }
  throw new InvalidCredentialKeys('Not a JSON Web Key Set.');
}

function kidOf(key: JWK): string {
  if (!key.kid) throw new InvalidCredentialKeys('A key has no kid.');
  return key.kid;
}

async function importKey(jwk: JWK): Promise<CryptoKey> {
  try {
    return (await importJWK(jwk, SEAL_ALGORITHM)) as CryptoKey;
  } catch {
    throw new InvalidCredentialKeys('A key cannot be used for ECDH-ES.');
  }
}
