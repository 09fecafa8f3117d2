/** How long nothing was published, or a partition was blocked, before the lease is handed over; doubled each time that did not help. */
const HAND_OVER_MS = { first: 10_000, blocked: 60_000, longest: 600_000 } as const;

/** What a relay has published as leader, and whether it should hand over. */
export class PublishingRecord {
  private progressAt = performance.now();
  private handOverAfterMs: number = HAND_OVER_MS.first;

  /** Rows were published. @param isWhole whether no row was left out */
  progressed(isWhole: boolean): void {
    this.progressAt = performance.now();
    if (isWhole) this.handOverAfterMs = HAND_OVER_MS.first;
  }

  /** No row waits, or this process has just become the leader. */
  restart(): void {
    this.progressAt = performance.now();
  }

  /** @param blockedMs how long the longest blocked partition is blocked */
  shouldHandOver(blockedMs: number): boolean {
    const isStuck = performance.now() - this.progressAt > this.handOverAfterMs;
    return isStuck || blockedMs > Math.max(HAND_OVER_MS.blocked, this.handOverAfterMs);
  }

  handedOver(): void {
    this.handOverAfterMs = Math.min(this.handOverAfterMs * 2, HAND_OVER_MS.longest);
  }
}
