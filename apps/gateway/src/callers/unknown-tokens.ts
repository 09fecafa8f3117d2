import { AddressCounts } from '#app/http';
import { CodedError } from '../wire/coded.error.js';

/** Unknown tokens of one address in a minute that are answered 401. */
const MAX_UNKNOWN = 100;

/** Counts the unknown tokens that addresses send to this process. It never refuses a right token. */
export class UnknownTokens {
  private readonly counts: AddressCounts;

  /** @param onLimit called once a minute for an address that reaches the limit */
  constructor(onLimit: (address: string) => void) {
    this.counts = new AddressCounts(MAX_UNKNOWN, { onLimit });
  }

  /** @throws {CodedError} 429 if the address has sent too many */
  count(address: string): void {
    const retryAfter = this.counts.count(address);
    if (retryAfter !== undefined) throw new CodedError('too_many_unknown_tokens', { retryAfter });
  }
}
