const WINDOW_MS = 60_000;
/** Addresses that are counted at once. */
const MAX_ADDRESSES = 10_000;

interface Count {
  seen: number;
  endsAt: number;
}

/** Counts what addresses do in a minute, up to a limit; in this process alone. */
export class AddressCounts {
  private readonly counts = new Map<string, Count>();

  /** @param clock milliseconds on a clock that never goes back */
  constructor(
    private readonly limit: number,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** @returns whole seconds until the address may go on; undefined while it is below the limit */
  count(address: string): number | undefined {
    const now = this.clock();
    const count = this.countOf(address, now);
    count.seen++;
    return count.seen > this.limit ? Math.max(1, Math.ceil((count.endsAt - now) / 1_000)) : undefined;
  }

  private countOf(address: string, now: number): Count {
    const known = this.counts.get(address);
    if (known && now < known.endsAt) return known;
    // At the end of the order, so that the first one is the oldest.
    this.counts.delete(address);
    const [oldest] = this.counts.keys();
    if (this.counts.size >= MAX_ADDRESSES && oldest !== undefined) this.counts.delete(oldest);
    const count = { seen: 0, endsAt: now + WINDOW_MS };
    this.counts.set(address, count);
    return count;
  }
}
