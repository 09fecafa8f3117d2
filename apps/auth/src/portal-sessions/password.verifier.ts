import { randomBytes } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { normalizePassword, passwordDefect, type HashLoad, type HashQueue } from '#app/credentials';
import { argon2id, hash, verify } from 'argon2';

/** The cost at which the gateway hashes: a check against nothing must take as long as one against a login. */
const COST = { type: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** Stands for a password that can never be set. */
const NO_PASSWORD = '';

/** Checks passwords, a few at a time. */
@Injectable()
export class PasswordVerifier implements OnModuleInit {
  private decoy = '';

  constructor(private readonly queue: HashQueue) {}

  async onModuleInit(): Promise<void> {
    this.decoy = await hash(randomBytes(32), COST);
  }

  /**
   * Runs a sign-in when its turn comes; what it asks of the database waits with it.
   * @throws {HashQueueFull} where too many wait already, or the wait takes too long
   */
  inTurn<T>(signIn: () => Promise<T>): Promise<T> {
    return this.queue.run(signIn);
  }

  /**
   * Whether a password is the one that was hashed. Without a hash it takes as long, and the answer is no.
   * What could never be set is never right, and is not hashed itself: its length is a stranger's choice.
   */
  async matches(password: string, phc: string | undefined): Promise<boolean> {
    const isPassword = passwordDefect(password) === null;
    const isSame = await verify(phc ?? this.decoy, isPassword ? normalizePassword(password) : NO_PASSWORD);
    return isSame && isPassword && phc !== undefined;
  }

  /** How many hashes run, and how many wait for their turn. */
  get load(): HashLoad {
    return this.queue.load;
  }
}
