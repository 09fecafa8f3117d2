/** Times of the trigrams' cleaning: how often it is considered, and the longest time without one where nobody searches. */
export const CLEANING_MS = { shortest: 1_000, longest: 5_000 } as const;

/**
 * Pages of the pending list that a cleaning should find, of the 8,192 that the list may have. A search reads all of them: 3,400 pages cost
 * it 12 ms. An entry costs a cleaning the less the more of its trigram come with it: with 10,000 contacts 26 µs an update with a cleaning each
 * 1,000 updates, 14 each 5,000, 13 each 12,500; with a million 107 µs each 2,500, 50 each 12,500. Where the list is full, updates empty it themselves.
 */
const WANTED_PAGES = 2_400;

/** Decides when the pending list of trigrams is emptied: soon where somebody searches, and else when it has become long. Times in milliseconds. */
export class CleaningPace {
  private isSearched = false;
  private pauseMs: number = CLEANING_MS.shortest;
  private cleanedAt = -Infinity;

  /** Somebody has searched, and had to read the list too. */
  searched(): void {
    this.isSearched = true;
  }

  isDue(now: number): boolean {
    return this.isSearched || now - this.cleanedAt >= this.pauseMs;
  }

  /** A cleaning begins: it may not see the list of a search that comes from now on. */
  begun(): void {
    this.isSearched = false;
  }

  /** @param pages how many the list had; undefined where another process was cleaning */
  cleaned(pages: number | undefined, now: number): void {
    const sinceMs = Math.min(now - this.cleanedAt, CLEANING_MS.longest);
    this.cleanedAt = now;
    if (pages === undefined) return;
    const wantedMs = pages === 0 ? CLEANING_MS.longest : (sinceMs * WANTED_PAGES) / pages;
    this.pauseMs = Math.min(Math.max(wantedMs, CLEANING_MS.shortest), CLEANING_MS.longest);
  }
}
