import { Command, Option } from 'commander';
import { wholeNumber } from '#app/terminal';
import { FORMER } from '../former-release.js';
import { DEFECTS } from './defects.js';

const SEEDS = 2 ** 32;

/** Options of a run. */
export interface Options {
  minutes: number;
  seed: number;
  clients: number;
  /** So many contacts are migrated, and nothing else is tried; 0 for the drill. */
  contacts: number;
  defect?: string;
  json: boolean;
}

const HELP = `
Steps: the former release alone; this release's set-up beside it; gateways and auth apps upgraded one after the other; each release's
gateways with the other's auth apps; back to the former release; this release alone. Afterwards the requests, both databases and the
topics are compared, as after a fault (docs/faults.md), each event is checked against its schema, and verify must find no difference.

Needs the repository's history and, at its first run, the npm registry: the former release is built in .cache/releases.
Exit code 1 where a violation was found. docs/upgrade.md says what the drill shows.

Examples
  npm run upgrade-drill
  npm run upgrade-drill -- --minutes 3 --seed 7
  npm run upgrade-drill -- --contacts 1000000               # the slowest request while large tables are migrated
  npm run upgrade-drill -- --minutes 2 --defect not-null    # must find violations`;

/** The command line `npm run upgrade-drill`. */
export function upgradeDrillCommand(): Command {
  const defects = Object.entries(DEFECTS).map(([name, { title }]) => `${name}: ${title}`);
  return new Command('npm run upgrade-drill --')
    .description(`Runs release ${FORMER.name} beside this one on one migrated database under load, both ways round.`)
    .option('--minutes <n>', 'how long the load lasts', wholeNumber(1, 600), 10)
    .option('--clients <n>', 'clients of the load', wholeNumber(1, 100), 6)
    .option(
      '--contacts <n>',
      'only migrates so many contacts under load, and measures the requests',
      wholeNumber(1, 10_000_000),
      0,
    )
    .option('--seed <n>', 'of the load', wholeNumber(0, SEEDS - 1), Math.floor(Math.random() * SEEDS))
    .addOption(new Option('--defect <name>', `plants a breaking migration (${defects.join('; ')})`).choices(Object.keys(DEFECTS)))
    .option('--json', 'prints the result as JSON', false)
    .addHelpText('after', HELP);
}
