import { Injectable } from '@nestjs/common';
import { hashPassword, sealCredential, type HashLoad, type HashQueue, type SealingKey } from '#app/credentials';
import type { WriteRequest } from '../writes/write-request.js';
import type { ContactPatch } from './contact.patch.js';

/** Replaces the credential in a dry run, which shows none. */
const NOT_SEALED = '';

/** Turns passwords into sealed credentials, a few at a time. */
@Injectable()
export class PasswordHasher {
  constructor(
    private readonly sealingKey: SealingKey,
    private readonly queue: HashQueue,
  ) {}

  /**
   * The sealed credential of a patch's password, bound to the contact; undefined without a password. A dry run hashes nothing.
   * @throws {HashQueueFull} if too many wait already, or the wait takes too long
   */
  async sealFor(contactId: number, { password }: ContactPatch, { dryRun, deadline }: WriteRequest): Promise<string | undefined> {
    if (password === undefined) return undefined;
    if (dryRun) return NOT_SEALED;
    // The queue has a limit of its own.
    deadline.pause();
    return this.queue.run(() => this.seal(contactId, password)).finally(() => deadline.resume());
  }

  /** Hashes a password and seals the hash for the auth app at once. */
  private async seal(contactId: number, password: string): Promise<string> {
    return sealCredential(this.sealingKey, contactId, await hashPassword(password));
  }

  /** How many hashes run, and how many wait. */
  get load(): HashLoad {
    return this.queue.load;
  }
}
