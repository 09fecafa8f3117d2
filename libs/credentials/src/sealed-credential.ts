import { CompactEncrypt, compactDecrypt, decodeProtectedHeader, type CryptoKey } from 'jose';
import { UnknownCredentialKey, UnreadableCredential } from './credential.errors.js';
import { SEAL_ALGORITHM, type OpeningKeys, type SealingKey } from './credential.keys.js';
import { isAcceptablePhc } from './phc.js';

const CONTENT_ENCRYPTION = 'A256GCM';
/** Purpose of the seal, so that text sealed for another purpose is not accepted as a credential. */
const PURPOSE = 'contact-sync/portal-credential';

/**
 * How many credentials of one batch are opened at once. With six batches of 500 beside each other an opening costs a twelfth to a fifth
 * less CPU than with all of them at once: what is under way survives the collections of the young generation.
 */
export const OPENINGS_AT_ONCE = 50;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Seals a password hash for the auth app: a compact JWE (RFC 7516), bound to the contact in its header and inside.
 * @param phc argon2id hash in PHC form
 */
export async function sealCredential({ kid, key }: SealingKey, contactId: number, phc: string): Promise<string> {
  const sub = String(contactId);
  return new CompactEncrypt(encoder.encode(JSON.stringify({ sub, phc })))
    .setProtectedHeader({ alg: SEAL_ALGORITHM, enc: CONTENT_ENCRYPTION, kid, sub, typ: PURPOSE })
    .encrypt(key);
}

/**
 * Opens a sealed credential. Keep the hash in memory only, never in a table, log or error.
 * @returns the argon2id hash in PHC form
 * @throws {UnknownCredentialKey} where it is sealed to a key that is not in `keys`
 * @throws {UnreadableCredential} where it does not open, belongs to another contact, or contains no acceptable hash
 */
export async function openCredential(keys: OpeningKeys, contactId: number, credential: string): Promise<string> {
  const { kid, sub, typ } = readHeader(credential);
  if (typeof kid !== 'string') throw new UnreadableCredential('The credential names no key.');
  const key = keys.get(kid);
  if (!key) throw new UnknownCredentialKey(kid);
  if (typ !== PURPOSE) throw new UnreadableCredential('Sealed for another purpose.');
  if (sub !== String(contactId)) throw new UnreadableCredential('Sealed for another contact.');
  const content = await open(key, credential);
  if (content?.['sub'] !== String(contactId)) throw new UnreadableCredential('Sealed for another contact.');
  if (typeof content['phc'] !== 'string' || !isAcceptablePhc(content['phc']))
    throw new UnreadableCredential('Holds no acceptable hash.');
  return content['phc'];
}

/** Id of the key that a credential is sealed to; undefined where it names no key. */
export function kidOfCredential(credential: string): string | undefined {
  try {
    const { kid } = readHeader(credential);
    return typeof kid === 'string' ? kid : undefined;
  } catch {
    return undefined;
  }
}

function readHeader(credential: string): Record<string, unknown> {
  try {
    return decodeProtectedHeader(credential);
  } catch {
    throw new UnreadableCredential('Not a compact JWE.');
  }
}

async function open(key: CryptoKey, credential: string): Promise<Record<string, unknown> | null> {
  try {
    const { plaintext } = await compactDecrypt(credential, key, {
      keyManagementAlgorithms: [SEAL_ALGORITHM],
      contentEncryptionAlgorithms: [CONTENT_ENCRYPTION],
    });
    return JSON.parse(decoder.decode(plaintext)) as Record<string, unknown> | null;
  } catch {
    throw new UnreadableCredential('The credential does not open.');
  }
}
