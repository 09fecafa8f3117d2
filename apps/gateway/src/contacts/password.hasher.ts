import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import { normalizePassword, sealCredential, type SealingKey } from '@app/credentials';
import { argon2id, hash } from 'argon2';
import type { WriteRequest } from '../writes/write-request.js';
import { HashQueueFull } from './contact.errors.js';
import type { ContactPatch } from './contact.patch.js';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
const COST = { type: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const WORKERS = Math.max(1, availableParallelism());
const MAX_WAITING = 32;
/** Stands for a credential in a dry run, which shows none. */
const NOT_SEALED = '';

/** Turns passwords into sealed credentials, a few at a time: a flood of them must not take the CPU from other updates. */
@Injectable()
export class PasswordHasher {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly sealingKey: SealingKey) {}

  /**
   * The sealed credential of a patch's password, bound to the contact; undefined where it has none. A dry run hashes nothing.
   * @throws {HashQueueFull} where too many wait already
   */
  async sealFor(contactId: number, { password }: ContactPatch, { dryRun }: WriteRequest): Promise<string | undefined> {
    if (password === undefined) return undefined;
    return dryRun ? NOT_SEALED : await this.seal(contactId, password);
  }

  /** Hashes a password and seals the hash for the auth app at once. */
  private async seal(contactId: number, password: string): Promise<string> {
    await this.enter();
    try {
      return await sealCredential(this.sealingKey, contactId, await hash(normalizePassword(password), COST));
    } finally {
      this.leave();
    }
  }

  /** How many hashes run, and how many wait for their turn. */
  get load(): { running: number; waiting: number } {
    return { running: this.running, waiting: this.waiting.length };
  }

  private async enter(): Promise<void> {
    if (this.running < WORKERS) {
      this.running++;
      return;
    }
    if (this.waiting.length >= MAX_WAITING) throw new HashQueueFull('Too many passwords wait to be hashed.');
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running--;
  }
}
