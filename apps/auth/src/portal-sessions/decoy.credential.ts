import { randomBytes } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  generateSealingKeys,
  hashPassword,
  openCredential,
  readOpeningKeys,
  readSealingKey,
  sealCredential,
  type OpeningKeys,
} from '#app/credentials';

const NO_CONTACT = 0;

/** Stands in for the credential of a login that does not exist, so that its sign-in costs the same work: opened, and hashed. */
@Injectable()
export class DecoyCredential implements OnModuleInit {
  private keys: OpeningKeys = new Map();
  private sealed = '';

  async onModuleInit(): Promise<void> {
    const { publicKeys, privateKeys } = await generateSealingKeys('decoy');
    this.keys = await readOpeningKeys(JSON.stringify(privateKeys));
    const phc = await hashPassword(randomBytes(32).toString('base64'));
    this.sealed = await sealCredential(await readSealingKey(JSON.stringify(publicKeys)), NO_CONTACT, phc);
  }

  /** @returns the hash of a password that nobody knows, in PHC form */
  open(): Promise<string> {
    return openCredential(this.keys, NO_CONTACT, this.sealed);
  }
}
