import { Command } from 'commander';
import { wholeNumber } from '#app/terminal';
import { DEFECTS } from './defects/defects.js';
import { FAULTS } from './faults/catalogue.js';

const SEEDS = 2 ** 32;
const HIGHEST_FAULT = Math.max(...FAULTS.map(({ number }) => number));

/** Options of a run. */
export interface Options {
  short: boolean;
  list: boolean;
  json: boolean;
  /** Empty for all. */
  faults: number[];
  seed: number;
  seconds: number;
  defect: string | undefined;
  /** Runs the apps of the former release in place of this code's. */
  former: boolean;
  /** Minutes; 0 for none. */
  soak: number;
}

interface Typed extends Omit<Options, 'faults' | 'seed' | 'seconds'> {
  fault?: number[];
  seed?: number;
  seconds?: number;
}

/** The command line `npm run faults`. */
export const faultsCommand = (): Command =>
  new Command('npm run faults --')
    .description('Causes faults in a system of its own under load, and checks that no event is lost, doubled or out of order.')
    .option('--fault <n,n,…>', 'only these faults', faultNumbers)
    .option('--seed <n>', 'of load and schedule; drawn and printed without it', wholeNumber(0, SEEDS - 1))
    .option('--seconds <n>', 'how long a fault lasts that needs no time of its own (default 10)', wholeNumber(1, 3_600))
    .option('--short', 'the form of the tests: gateways killed before and after a commit, 20 s on an idle machine', false)
    .option('--defect <name>', 'plants a defect in every process: the run must then find violations')
    .option('--former', 'runs the apps of release 1.0.0, built from the history: a fault shows what it catches there', false)
    .option(
      '--soak <minutes>',
      'a fault each minute, with memory, handles, connections and the outbox measured',
      wholeNumber(1, 10_000),
      0,
    )
    .option('--json', 'prints the result as JSON', false)
    .option('--list', 'prints the faults and the defects', false)
    .addHelpText(
      'after',
      '\nStarts PostgreSQL, Kafka (three brokers for some faults), two gateways and two auth apps in a temporary folder, and removes it.',
    );

/** Reads the typed options and fills in the defaults. */
export function optionsOf(command: Command): Options {
  const typed = command.opts<Typed>();
  const { short, defect } = typed;
  if (defect !== undefined && !Object.hasOwn(DEFECTS, defect))
    command.error(`error: there is no defect ${defect}: --list prints them.`);
  return {
    ...typed,
    defect,
    faults: typed.fault ?? (short ? [1] : []),
    seed: typed.seed ?? Math.floor(Math.random() * SEEDS),
    seconds: typed.seconds ?? (short ? 2 : 10),
  };
}

const faultNumbers = (text: string): number[] => text.split(',').map(wholeNumber(1, HIGHEST_FAULT));
