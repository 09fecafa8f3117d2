import type { Leg } from './time-bars.js';

/** What set-up reports to the local run that it started, over their channel. */
interface SetUpMessage {
  /** The finished steps, with the broker's jars if they were fetched. */
  legs: Leg[];
}

/** The set-up that started this process; it may still fetch the broker's jars. */
export class SetUpLink {
  private readonly reported: Promise<Leg[]>;

  constructor(private readonly source: NodeJS.Process = process) {
    this.reported =
      source.send && source.env['SET_UP_STARTED_AT']
        ? new Promise((resolve) => source.once('message', ({ legs }: SetUpMessage) => resolve(legs)))
        : Promise.resolve([]);
  }

  /** Waits for the broker's jars. If they cannot be fetched, set-up prints why and ends this process. */
  async brokerJars(): Promise<void> {
    if (this.source.env['BROKER_JARS'] === 'awaited') await this.reported;
  }

  /** The finished steps of set-up. */
  legs(): Promise<Leg[]> {
    return this.reported;
  }

  /** Reports that everything runs. */
  ready(): void {
    if (this.source.connected) this.source.send?.('ready');
  }
}
