import { createHash, timingSafeEqual } from 'node:crypto';
import { AddressCounts, addressBlock, ApiError, unauthenticated } from '#app/http';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Wrong tokens of one address in a minute that are answered 401; further ones are answered 429. */
const MOST_WRONG = 100;

/** Checks the operator's token by its hash. */
export class OperatorToken {
  private readonly expected: Buffer | undefined;
  private readonly wrong = new AddressCounts(MOST_WRONG);

  /** @param token absent: every token is wrong */
  constructor(token: string | undefined) {
    this.expected = token === undefined ? undefined : digest(token);
  }

  /**
   * Wrong tokens from an address never block the right one.
   * @throws {ApiError} 401 or 429 if the token is wrong
   */
  assertRight(token: string, address: string): void {
    if (this.expected !== undefined && timingSafeEqual(digest(token), this.expected)) return;
    const retryAfter = this.wrong.count(addressBlock(address));
    if (retryAfter === undefined) throw unauthenticated();
    const headers = { 'Retry-After': String(retryAfter) };
    throw new ApiError(429, 'too_many_unknown_tokens', 'This address has sent too many unknown tokens.', { headers });
  }
}
