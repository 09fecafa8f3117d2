import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/** Keys of attempts and known addresses: keyed hashes, since people type passwords into email fields. */
export class AttemptKeys {
  private readonly key: KeyObject;

  constructor(secret: Buffer) {
    this.key = createSecretKey(secret);
  }

  ofAddress(address: string): string {
    return this.hash('address', address);
  }

  ofEmail(emailKey: string): string {
    return this.hash('email', emailKey);
  }

  ofEmailAndAddress(emailKey: string, address: string): string {
    return this.hash('email and address', emailKey, address);
  }

  /** An address from which a login has signed in. */
  ofKnownAddress(contactId: number, address: string): string {
    return this.hash('known address', String(contactId), address);
  }

  private hash(...parts: string[]): string {
    return createHmac('sha256', this.key).update(JSON.stringify(parts)).digest('base64url');
  }
}
