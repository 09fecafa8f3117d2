const WINDOW_MS = 60_000;
/** Most addresses that are counted at the same time. */
const MAX_ADDRESSES = 10_000;

interface Count {
  seen: number;
  endsAt: number;
}

/** Counts the requests of an address in a minute, up to a limit; only in this process. */
export class AddressCounts {
  private readonly counts = new Map<string, Count>();

  /** @param clock milliseconds of a clock that never goes back */
  constructor(
    private readonly limit: number,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** @returns whole seconds until the address may continue; undefined below the limit */
  count(address: string): number | undefined {
    const now = this.clock();
    const count = this.countOf(address, now);
    count.seen++;
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
