import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';

const CHANNEL = 'http.server.request.start';
/** Rest after a page, as a multiple of its work, while other requests come. */
const REST = 3;
/** With longer rests a million rows would take longer than an export may. */
const LONGEST_REST_MS = 20;

/** The clock of an export, in milliseconds. */
interface ExportClock {
  now?: () => number;
  sleep?: (ms: number) => Promise<unknown>;
}

/**
 * Makes way for the other requests of this process: while they come, an export rests three times as long as a page has taken, its reading
 * by the database included. Alone it never rests.
 */
export class ExportPace {
  private requests = 0;
  private seen = 0;
  private began: number;
  private readonly count = (): void => void this.requests++;
  private readonly now: () => number;
  private readonly sleep: (ms: number) => Promise<unknown>;

  constructor({ now = () => performance.now(), sleep = delay }: ExportClock = {}) {
    this.now = now;
    this.sleep = sleep;
    this.began = now();
    subscribe(CHANNEL, this.count);
  }

  /** Waits after a page of rows, where requests have come since the last one. */
  async rest(): Promise<void> {
    const worked = this.now() - this.began;
    // Counts the requests that have arrived during the work.
    await turn();
    const isAlone = this.requests === this.seen;
    // Those that come during the rest count for the next unit: callers that wait for their answers send none while it works.
    this.seen = this.requests;
    if (!isAlone) await this.sleep(Math.min(worked * REST, LONGEST_REST_MS));
    this.began = this.now();
  }

  end(): void {
    unsubscribe(CHANNEL, this.count);
  }
}
