import { CodedError } from '../wire/coded.error.js';

const WINDOW_MS = 60_000;
/** Unknown tokens of one address in a window that are answered 401. */
const MAX_UNKNOWN = 100;
/** Most addresses that are counted at once. */
const MAX_ADDRESSES = 10_000;

interface Count {
  sent: number;
  endsAt: number;
}

/** Counts the unknown tokens that addresses send to this process. It never refuses a right token. */
export class UnknownTokens {
  private readonly counts = new Map<string, Count>();

  /** @param onLimit called once per window for an address that reaches the limit */
  constructor(
    private readonly onLimit: (address: string) => void,
    /** Milliseconds of a monotonic clock. */
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** @throws {CodedError} 429 if the address has sent too many */
  count(address: string): void {
    const now = this.clock();
    const count = this.countOf(address, now);
    count.sent++;
    if (count.sent === MAX_UNKNOWN) this.onLimit(address);
    if (count.sent <= MAX_UNKNOWN) return;
    throw new CodedError('too_many_unknown_tokens', { retryAfter: Math.max(1, Math.ceil((count.endsAt - now) / 1_000)) });
  }

  private countOf(address: string, now: number): Count {
    const known = this.counts.get(address);
    if (known && now < known.endsAt) return known;
    // Moves the address to the end of the map, so that the first entry is the oldest.
    this.counts.delete(address);
    const [oldest] = this.counts.keys();
    if (this.counts.size >= MAX_ADDRESSES && oldest !== undefined) this.counts.delete(oldest);
    const count = { sent: 0, endsAt: now + WINDOW_MS };
    this.counts.set(address, count);
    return count;
  }
}
