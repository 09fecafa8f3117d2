import { randomBytes } from 'node:crypto';
import type { OnModuleInit } from '@nestjs/common';
import { hashPassword, readSealingKey, sealCredential, type KeySet } from '#app/credentials';
import type { Credentials } from '../portal-logins/credentials.js';

const NO_CONTACT = 0;

/** Stands in for the credential of a login that does not exist, so that its sign-in costs the same work: opened, and hashed. */
export class DecoyCredential implements OnModuleInit {
  private sealed = '';

  /** @param privateKeys the key set that opens credentials: the decoy is sealed to its first key, since curves differ in time */
  constructor(
    private readonly credentials: Credentials,
    private readonly privateKeys: string,
  ) {}

  async onModuleInit(): Promise<void> {
    const [first] = (JSON.parse(this.privateKeys) as KeySet).keys;
    const { d: _private, key_ops: _operations, ...publicHalf } = first!;
    const key = await readSealingKey(JSON.stringify({ keys: [publicHalf] }));
    this.sealed = await sealCredential(key, NO_CONTACT, await hashPassword(randomBytes(32).toString('base64')));
  }

  /** @returns the hash of a password that nobody knows, in PHC form */
  open(): Promise<string> {
    return this.credentials.open(NO_CONTACT, this.sealed);
  }
}
