import type { CompanySnapshot } from '../company.schema.js';
import type { ContactSnapshot } from '../contact.schema.js';
import { differences } from './differences.js';
import { recordsOf, type HistoryRecord, type HistoryEntry } from './history.js';
import { variationOf, type Switches, type Variation } from './variations.js';

/** A reader of events, as a test sees it. */
export interface Subscriber<S> {
  /** Takes one record, as its Kafka client would return it. */
  apply: (record: HistoryRecord) => unknown;
  /** Takes a contact as the HTTP API shows it; required where a history is read from zero. */
  seed?: (contact: ContactSnapshot) => unknown;
  /** Takes a company as the HTTP API shows it; a subscriber that reads no companies leaves it out. */
  seedCompany?: (company: CompanySnapshot) => unknown;
  /** The state after all records so far. */
  state: () => S | Promise<S>;
}

/** A new subscriber at each call. */
export type StartSubscriber<S> = () => Subscriber<S> | Promise<Subscriber<S>>;

/** How often a history is replayed, each time with other variations, and from which seed. */
export interface Replays extends Switches {
  runs?: number;
  /** A failure names the seed that repeats it in the first run. */
  seed?: number;
}

/** A history to test subscribers with. */
export class Given {
  constructor(
    private readonly history: readonly HistoryRecord[],
    private readonly replays: Replays = { runs: 1 },
  ) {}

  /** The same history with the variations that the contract allows; without a switch, with all of them. */
  replayed({ runs = 20, seed = Date.now() % 2 ** 31, ...switches }: Replays = {}): Given {
    const all = { doubled: true, interleaved: true, compacted: true, fromZero: false };
    return new Given(this.history, { ...(Object.keys(switches).length > 0 ? switches : all), runs, seed });
  }

  /** The subscriber that reads the history. */
  when<S>(start: StartSubscriber<S>): Outcome<S> {
    return new Outcome(this.history, this.replays, start);
  }
}

/** The result of a history. */
export class Outcome<S> {
  constructor(
    private readonly history: readonly HistoryRecord[],
    private readonly replays: Replays,
    private readonly start: StartSubscriber<S>,
  ) {}

  /**
   * The state in which every replay must end, or a function that checks the state of each; returns the last one's result.
   * @param failed for those who wait for the outcome by itself, in JavaScript, and so get the state
   * @throws {UnexpectedState} naming the fields that differ, and the seed of the replay
   */
  then<T>(check: (state: S) => T, failed?: (reason: unknown) => unknown): Promise<Awaited<T>>;
  then(expected: object): Promise<S>;
  async then(expected: object, failed?: (reason: unknown) => unknown): Promise<unknown> {
    try {
      return await this.check(expected);
    } catch (error) {
      if (failed) return failed(error);
      throw error;
    }
  }

  private async check(expected: object): Promise<unknown> {
    const { runs = 1, seed, ...switches } = this.replays;
    let given: unknown;
    for (let run = 0; run < runs; run++) {
      const state = await this.replay(variationOf(this.history, switches, (seed ?? 0) + run));
      if (typeof expected === 'function') given = await (expected as (state: S) => unknown)(state);
      else {
        requireState(expected, state, seed === undefined ? undefined : { run, runs, seed: seed + run });
        given = state;
      }
    }
    return given;
  }

  private async replay({ seeds, companySeeds, records }: Variation): Promise<S> {
    const subscriber = await this.start();
    if (seeds.length > 0 && !subscriber.seed) throw new TypeError('A replay from zero needs a subscriber with a seed().');
    for (const contact of seeds) await subscriber.seed!(contact);
    for (const company of companySeeds) await subscriber.seedCompany?.(company);
    for (const record of records) await subscriber.apply(record);
    return subscriber.state();
  }
}

function requireState(expected: object, state: unknown, replay: ReplayPlace | undefined): void {
  const lines = differences(expected, state);
  if (lines.length > 0) throw new UnexpectedState(lines, replay);
}

interface ReplayPlace {
  run: number;
  runs: number;
  seed: number;
}

const MOST_LINES = 20;

/** A history ended in another state than expected. */
export class UnexpectedState extends Error {
  override readonly name = 'UnexpectedState';

  constructor(lines: readonly string[], replay?: ReplayPlace) {
    const where = replay ? `Replay ${replay.run + 1} of ${replay.runs} ends` : 'The history ends';
    const shown = lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES), `… and ${lines.length - MOST_LINES} more`] : lines;
    const again = replay ? [`This replay alone: .replayed({ …, runs: 1, seed: ${replay.seed} })`] : [];
    super([`${where} in another state:`, ...shown.map((line) => `  ${line}`), ...again].join('\n'));
  }
}

/** A history to test subscribers with: built events and records, in the order in which they were written. */
export const given = (...entries: (HistoryEntry | readonly HistoryEntry[])[]): Given => new Given(recordsOf(entries.flat()));
