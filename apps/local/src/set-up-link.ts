import type { Leg } from './time-bars.js';

/** What set-up says to the local run that it has started, over the channel between them. */
interface SetUpMessage {
  /** The steps that it has taken; they include the broker's jars where those were fetched. */
  legs: Leg[];
}

/** The set-up that started this process, and works on beside it while the broker's jars are on their way. */
export class SetUpLink {
  private readonly told: Promise<Leg[]>;

  constructor(private readonly source: NodeJS.Process = process) {
    this.told =
      source.send && source.env['SET_UP_STARTED_AT']
        ? new Promise((resolve) => source.once('message', ({ legs }: SetUpMessage) => resolve(legs)))
        : Promise.resolve([]);
  }

  /** Waits for the broker's jars. Where they can't be fetched, set-up says why and ends this process. */
  async brokerJars(): Promise<void> {
    if (this.source.env['BROKER_JARS'] === 'awaited') await this.told;
  }

  /** The steps that set-up has taken. */
  legs(): Promise<Leg[]> {
    return this.told;
  }

  /** Says that everything runs. */
  ready(): void {
    if (this.source.connected) this.source.send?.('ready');
  }
}
