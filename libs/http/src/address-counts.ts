const WINDOW_MS = 60_000;
/** Most addresses that are counted at the same time. */
const MAX_ADDRESSES = 10_000;

interface Count {
  seen: number;
  endsAt: number;
}

interface AddressCountsOptions {
  /** Called once a minute for an address that reaches the limit. */
  onLimit?: (address: string) => void;
  /** Milliseconds of a clock that never goes back. */
  clock?: () => number;
}

/** Counts the requests of an address in a minute, up to a limit; only in this process. */
export class AddressCounts {
  private readonly counts = new Map<string, Count>();
  private readonly onLimit: (address: string) => void;
  private readonly clock: () => number;

  constructor(
    private readonly limit: number,
    { onLimit = () => undefined, clock = () => performance.now() }: AddressCountsOptions = {},
  ) {
    this.onLimit = onLimit;
    this.clock = clock;
  }

  /** @returns whole seconds until the address may continue; undefined up to the limit */
  count(address: string): number | undefined {
    const now = this.clock();
    const count = this.countOf(address, now);
    count.seen++;
    if (count.seen === this.limit) this.onLimit(address);
    return count.seen > this.limit ? Math.max(1, Math.ceil((count.endsAt - now) / 1_000)) : undefined;
  }

  private countOf(address: string, now: number): Count {
    const known = this.counts.get(address);
    if (known && now < known.endsAt) return known;
    // Appends it, so that the first entry stays the oldest.
    this.counts.delete(address);
    const [oldest] = this.counts.keys();
    if (this.counts.size >= MAX_ADDRESSES && oldest !== undefined) this.counts.delete(oldest);
    const count = { seen: 0, endsAt: now + WINDOW_MS };
    this.counts.set(address, count);
    return count;
  }
}
