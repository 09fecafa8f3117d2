import { randomBytes } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { hashPassword, isPasswordOf, passwordDefect, type HashLoad, type HashQueue } from '#app/credentials';

/** Stands for a password that can never be set. */
const NO_PASSWORD = '';

/** Checks passwords, a few at a time. */
@Injectable()
export class PasswordVerifier implements OnModuleInit {
  private decoy = '';

  constructor(private readonly queue: HashQueue) {}

  async onModuleInit(): Promise<void> {
    this.decoy = await hashPassword(randomBytes(32).toString('base64'));
  }

  /** @throws {HashQueueFull} where too many wait already */
  requireRoom(): void {
    this.queue.requireRoom();
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
    const isSame = await isPasswordOf(phc ?? this.decoy, isPassword ? password : NO_PASSWORD);
    return isSame && isPassword && phc !== undefined;
  }

  /** How many hashes run, and how many wait for their turn. */
  get load(): HashLoad {
    return this.queue.load;
  }
}
