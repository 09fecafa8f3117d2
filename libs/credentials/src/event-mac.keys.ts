import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { InvalidCredentialKeys } from './credential.errors.js';
import type { KeySet } from './credential.keys.js';

const LEAST_KEY_BYTES = 32;
const KID = /^[A-Za-z0-9_-]{1,64}$/;

/** Keys that mark login records: the first one marks, and each of them is accepted. */
export interface EventMacKeys {
  readonly first: { readonly kid: string; readonly key: KeyObject };
  readonly byId: ReadonlyMap<string, KeyObject>;
}

/** A new key set with one key. */
export const generateEventMacKeys = (kid: string): KeySet => ({
  keys: [{ kty: 'oct', kid, use: 'sig', alg: 'HS256', k: randomBytes(LEAST_KEY_BYTES).toString('base64url') }],
});

/**
 * Reads a JSON Web Key Set of `oct` keys.
 * @throws {InvalidCredentialKeys} whose message continues the setting's name, and shows nothing of the text
 */
export function readEventMacKeys(jwks: string): EventMacKeys {
  const keys = keysOf(jwks).map(readKey);
  const [first] = keys;
  if (!first) throw new InvalidCredentialKeys('must be a JSON Web Key Set with a key in it');
  const byId = new Map(keys.map(({ kid, key }) => [kid, key]));
  if (byId.size < keys.length) throw new InvalidCredentialKeys('must give each key a kid of its own');
  return { first, byId };
}

function keysOf(jwks: string): Record<string, unknown>[] {
  try {
    const { keys } = JSON.parse(jwks) as { keys: Record<string, unknown>[] };
    if (Array.isArray(keys)) return keys;
  } catch {
    // A parser's message quotes its input, which is a key.
  }
  throw new InvalidCredentialKeys('must be a JSON Web Key Set with a key in it');
}

function readKey(jwk: Record<string, unknown> | null): { kid: string; key: KeyObject } {
  const { kty, kid, k } = jwk ?? {};
  if (kty !== 'oct' || typeof k !== 'string') throw new InvalidCredentialKeys('must hold keys of the type oct');
  if (typeof kid !== 'string' || !KID.test(kid))
    throw new InvalidCredentialKeys('must have kids of 1 to 64 letters, digits, hyphens or underscores');
  const bytes = Buffer.from(k, 'base64url');
  if (bytes.length < LEAST_KEY_BYTES) throw new InvalidCredentialKeys(`must hold keys of ${LEAST_KEY_BYTES} bytes or more`);
  return { kid, key: createSecretKey(bytes) };
}
