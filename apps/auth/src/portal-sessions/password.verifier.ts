import { Injectable } from '@nestjs/common';
import { isPasswordOf, passwordDefect, type HashLoad, type HashQueue } from '#app/credentials';

/** Stands for a password that is never set. */
const NO_PASSWORD = '';

/** Checks passwords, a few at a time. */
@Injectable()
export class PasswordVerifier {
  constructor(private readonly queue: HashQueue) {}

  /** @throws {HashQueueFull} if too many wait already */
  requireRoom(): void {
    this.queue.requireRoom();
  }

  /**
   * Runs a sign-in when its turn comes; its database work waits with it.
   * @throws {HashQueueFull} if too many wait already, or the wait takes too long
   */
  inTurn<T>(signIn: () => Promise<T>): Promise<T> {
    return this.queue.run(signIn);
  }

  /**
   * Whether a password fits the hash.
   * A password that can never be set is never right, and is not hashed: an attacker chooses its length.
   */
  async matches(password: string, phc: string): Promise<boolean> {
    const isPassword = passwordDefect(password) === null;
    const isSame = await isPasswordOf(phc, isPassword ? password : NO_PASSWORD);
    return isSame && isPassword;
  }

  /** How many hashes run, and how many wait. */
  get load(): HashLoad {
    return this.queue.load;
  }
}
