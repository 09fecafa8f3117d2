import { Command, InvalidArgumentError } from 'commander';
import { wholeNumber } from '#app/terminal';
import { SCENARIOS } from './scenarios.js';

const SEEDS = 2 ** 32;

/** Options of a run. */
export interface Options {
  scenario: string[];
  seconds: number;
  seed: number;
  json: boolean;
}

const NAMES = Object.keys(SCENARIOS);
const HELP = `
Scenarios
${Object.entries(SCENARIOS)
  .map(([name, { title }]) => `  ${name.padEnd(10)}${title}`)
  .join('\n')}

Each one takes base backups under load, goes on, kills the processes, throws the data away, restores to a moment by the archived log, and then does
what docs/runbook.md says: set-up, resync, start, verify. It lists every answered change that the restored database lacks. PostgreSQL's own recovery
is used; no server of yours is touched: everything runs in a temporary folder.
Exit code 1 where verify finds a difference, a version was given out twice, or the repaired system does not serve.

Examples
  npm run restore-drill
  npm run restore-drill -- --scenario gateway --seconds 20`;

/** The command line `npm run restore-drill`. */
export const restoreDrillCommand = (): Command =>
  new Command('npm run restore-drill --')
    .description('Loses commits and topics on purpose, restores them as the runbook says, and verifies.')
    .option('--scenario <names>', `only these, with commas between them: ${NAMES.join(', ')}`, scenarios, NAMES)
    .option('--seconds <n>', 'how long the load lasts before the moment, and after it', wholeNumber(2, 3_600), 6)
    .option('--seed <n>', 'of the load', wholeNumber(0, SEEDS - 1), Math.floor(Math.random() * SEEDS))
    .option('--json', 'prints the result as JSON', false)
    .addHelpText('after', HELP);

function scenarios(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !NAMES.includes(name));
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no scenario ${unknown}: ${NAMES.join(', ')}.`);
  return names;
}
