import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { normalizePassword, passwordDefect } from '@app/credentials';
import { argon2id, hash, verify } from 'argon2';
import { HashQueueFull } from './portal-session.errors.js';

/** The cost at which the gateway hashes: a check against nothing must take as long as one against a login. */
const COST = { type: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const WORKERS = Math.max(1, availableParallelism());
const MAX_WAITING = 32;
const LONGEST_WAIT_MS = 5_000;

/** Checks passwords, a few at a time: a flood of them must not take the process from everything else. */
@Injectable()
export class PasswordVerifier implements OnModuleInit {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private decoy = '';

  async onModuleInit(): Promise<void> {
    this.decoy = await hash(randomBytes(32), COST);
  }

  /**
   * Runs a sign-in when its turn comes; what it asks of the database waits with it.
   * @throws {HashQueueFull} where too many wait already, or the wait takes too long
   */
  async inTurn<T>(signIn: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      return await signIn();
    } finally {
      this.leave();
    }
  }

  /** Whether a password is the one that was hashed. Without a hash it takes as long, and the answer is no. */
  async matches(password: string, phc: string | undefined): Promise<boolean> {
    const isSame = await verify(phc ?? this.decoy, normalizePassword(password));
    // What could never be set is never right: lone surrogates, for one, are all hashed as the same character.
    return isSame && phc !== undefined && passwordDefect(password) === null;
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
    if (this.waiting.length >= MAX_WAITING) throw new HashQueueFull();
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(turn), 1);
        reject(new HashQueueFull());
      }, LONGEST_WAIT_MS);
      const turn = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.waiting.push(turn);
    });
  }

  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running--;
  }
}
