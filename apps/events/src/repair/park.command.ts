import { wholeNumber } from '#app/terminal';
import type { AddCommand } from '../command.js';
import { groupOf } from './command-group.js';
import type { ParkOptions } from './park.js';

const HELP = `
For a partition that stopped, once it is clear that the set-up can't be repaired for that record: a key that is lost, an event of a
major version that no app here reads. The auth app's health (GET /health, parts.consumer.stopped) names partition, offset and
reason. A record that can be applied is applied, whatever is parked; the app runs on, and needs no restart.

It needs AUTH_DATABASE_URL.

Example
  npm run events -- dead-letters park --partition 3 --offset 4711`;

export const parkCommand: AddCommand = (parent, run, tool) =>
  void groupOf(parent, 'dead-letters', 'what the auth app could not apply')
    .command('park')
    .description('has the auth app go on past a record at which a partition stopped')
    .requiredOption('--partition <number>', 'of the topic of logins', wholeNumber(0))
    .requiredOption('--offset <number>', 'of the record', wholeNumber(0))
    .option('--yes', 'does it without asking')
    .option('--json', 'one JSON object')
    .addHelpText('after', HELP)
    .action((options: ParkOptions) =>
      run(async () => {
        const { park } = await import('./park.js');
        return park(options, tool);
      }),
    );
