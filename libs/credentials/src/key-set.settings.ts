import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { JWK } from 'jose';
import { InvalidCredentialKeys } from './credential.errors.js';

/** Curves of the keys that a set may hold, operations of the private ones, the needed one first, and the rule as an error tells it. */
interface Kind {
  isPrivate: boolean;
  curves: readonly string[];
  operations: readonly string[];
  rule: string;
}

const AGREEMENT = {
  curves: ['P-256', 'P-384', 'P-521', 'X25519'],
  operations: ['deriveBits', 'deriveKey'],
  rule: 'must hold keys for ECDH-ES (P-256)',
};
const SIGNATURE = {
  curves: ['P-256', 'Ed25519'],
  operations: ['sign'],
  rule: 'must hold keys for ES256 (P-256) or EdDSA (Ed25519)',
};

/**
 * Checks the text of a JSON Web Key Set down to the keys' own numbers, so that a wrong one is refused by the name of its setting.
 * @throws {InvalidCredentialKeys} whose message continues the setting's name, and shows nothing of the text
 */
const keySet =
  (kind: Kind) =>
  (jwks: string): string => {
    const keys = keysOf(jwks);
    if (keys.length === 0) throw new InvalidCredentialKeys('must be a JSON Web Key Set with a key in it');
    for (const key of keys) checkKey(key, kind);
    if (new Set(keys.map((key) => key!.kid)).size < keys.length)
      throw new InvalidCredentialKeys('must give each key a kid of its own');
    return jwks;
  };

/** The gateway's set, of public keys. */
export const sealingKeySet = keySet({ ...AGREEMENT, isPrivate: false });
/** The auth app's set of private keys, which open what was sealed. */
export const openingKeySet = keySet({ ...AGREEMENT, isPrivate: true });
/** The auth app's set of private keys, which sign access tokens. */
export const signingKeySet = keySet({ ...SIGNATURE, isPrivate: true });

function checkKey(key: JWK | null, kind: Kind): void {
  const { isPrivate, curves, rule } = kind;
  if (typeof key?.kid !== 'string' || key.kid === '') throw new InvalidCredentialKeys('must name each key by a kid');
  if (isPrivate && typeof key.d !== 'string') throw new InvalidCredentialKeys('must hold private keys');
  if (!isPrivate && key.d !== undefined)
    throw new InvalidCredentialKeys('must hold public keys alone: the gateway must not be able to open credentials');
  if (!curves.includes(key.crv ?? '')) throw new InvalidCredentialKeys(rule);
  if (!permitsUse(key.key_ops, kind)) throw new InvalidCredentialKeys('holds a key whose key_ops do not permit its use');
  try {
    (isPrivate ? createPrivateKey : createPublicKey)({ key, format: 'jwk' });
  } catch {
    throw new InvalidCredentialKeys('holds a key that is damaged');
  }
}

/** Whether a key's `key_ops` (RFC 7517, 4.3) permit what it is for; a public key for an agreement has none. Absent, they permit all. */
function permitsUse(keyOps: readonly string[] | undefined, { isPrivate, operations }: Kind): boolean {
  if (keyOps === undefined) return true;
  if (!Array.isArray(keyOps)) return false;
  return isPrivate
    ? keyOps.includes(operations[0]) && keyOps.every((each: string) => operations.includes(each))
    : keyOps.length === 0;
}

function keysOf(jwks: string): (JWK | null)[] {
  try {
    const { keys } = JSON.parse(jwks) as { keys: (JWK | null)[] };
    if (Array.isArray(keys)) return keys;
  } catch {
    // A parser's message quotes its input, which is a key.
  }
  return [];
}
