/** How long nothing was published, or a partition was blocked, before the lease is handed over; longer each time that it did not help. */
const HAND_OVER_MS = { first: 10_000, blocked: 60_000, longest: 600_000 } as const;

/** What a relay managed to publish since it leads, and whether another one should try. */
export class PublishingRecord {
  private progressAt = performance.now();
  private patienceMs: number = HAND_OVER_MS.first;

  /** Rows were published. @param isWhole whether nothing is left out */
  progressed(isWhole: boolean): void {
    this.progressAt = performance.now();
    if (isWhole) this.patienceMs = HAND_OVER_MS.first;
  }

  /** Nothing waits, or this process has begun to lead. */
  restart(): void {
    this.progressAt = performance.now();
  }

  /** @param blockedMs how long the longest blocked partition is blocked */
  shouldHandOver(blockedMs: number): boolean {
    const isStuck = performance.now() - this.progressAt > this.patienceMs;
    return isStuck || blockedMs > Math.max(HAND_OVER_MS.blocked, this.patienceMs);
  }

  handedOver(): void {
    this.patienceMs = Math.min(this.patienceMs * 2, HAND_OVER_MS.longest);
  }
}
