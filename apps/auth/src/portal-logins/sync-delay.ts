import { Injectable, Optional } from '@nestjs/common';
import { Metrics } from '#app/http';
import type { EventEntry } from '#app/messaging';

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600];

/** Measures how long a change of a login takes from the gateway to here. */
@Injectable()
export class SyncDelay {
  private readonly observe: (seconds: number) => void;

  /** @param metrics none in a rebuild, which applies old events */
  constructor(@Optional() metrics?: Metrics) {
    if (!metrics) {
      this.observe = () => undefined;
      return;
    }
    this.observe = metrics.addDurations({
      name: 'portal_login_sync_delay_seconds',
      help: 'Time from the change of a login in the gateway, by its clock, until it is applied here',
      buckets: SECONDS,
    });
  }

  /** Counts events that are applied at this moment. */
  applied(entries: readonly EventEntry<'PortalLoginChanged'>[]): void {
    const now = Date.now();
    for (const entry of entries) {
      const at = entry.kind === 'event' ? Date.parse(entry.event.time) : Number.NaN;
      if (Number.isFinite(at)) this.observe(Math.max(0, now - at) / 1_000);
    }
  }
}
