import { createHmac, createSecretKey, hkdfSync, randomBytes, timingSafeEqual, type KeyObject } from 'node:crypto';

/** What scanners for leaked secrets look for: `csync_[0-9a-f]{72}`. */
const PREFIX = 'csync_';
const RANDOM_BYTES = 32;
const CHECKSUM_DIGITS = 8;
const NEW_FORM = new RegExp(`^(${PREFIX}[0-9a-f]{${2 * RANDOM_BYTES}})([0-9a-f]{${CHECKSUM_DIGITS}})$`);

/** What a token's form says without a look into the database. */
export type TokenForm = 'with checksum' | 'wrong checksum' | 'without checksum';

/** Makes tokens, and tells made-up ones. Every key is derived from the gateway's secret. */
export class TokenKeys {
  private readonly hashKey: KeyObject;
  private readonly checksumKey: KeyObject;

  /** @param secret the gateway's secret; a thief of the database alone cannot test guesses without it */
  constructor(secret: Buffer) {
    this.hashKey = derivedKey(secret, 'contact-sync/api-token');
    this.checksumKey = derivedKey(secret, 'contact-sync/api-token-checksum');
  }

  /** @param secret the gateway's secret as the setting has it */
  static ofText(secret: string): TokenKeys {
    return new TokenKeys(Buffer.from(secret, 'base64url'));
  }

  /** A new token, with a keyed checksum that nobody without the secret can make. */
  make(): string {
    const token = PREFIX + randomBytes(RANDOM_BYTES).toString('hex');
    return token + this.checksumOf(token);
  }

  /** The keyed hash under which a token is stored. */
  hash(token: string): Buffer {
    return createHmac('sha256', this.hashKey).update(token).digest();
  }

  formOf(token: string): TokenForm {
    const [, unchecked, checksum] = NEW_FORM.exec(token) ?? [];
    if (unchecked === undefined || checksum === undefined) return 'without checksum';
    const isRight = timingSafeEqual(Buffer.from(checksum), Buffer.from(this.checksumOf(unchecked)));
    return isRight ? 'with checksum' : 'wrong checksum';
  }

  private checksumOf(token: string): string {
    return createHmac('sha256', this.checksumKey).update(token).digest('hex').slice(0, CHECKSUM_DIGITS);
  }
}

const derivedKey = (secret: Buffer, purpose: string): KeyObject =>
  createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', purpose, 32)));
