import type { AddCommand } from '../command.js';
import { groupOf } from './command-group.js';
import type { RepairOptions } from './repair.options.js';

const HELP = `
Reads the topic of logins from its beginning through the auth app's own code into tables next to the live ones, shows how the two
differ, and takes the new ones over in one transaction. The auth app runs on: people sign in throughout, and sessions of logins that
are the same go on. Interrupted, nothing of it is live: run it again.

It needs AUTH_DATABASE_URL, Kafka and CREDENTIAL_PRIVATE_KEYS (or …_FILE).

Examples
  npm run events -- rebuild auth --dry-run
  npm run events -- rebuild auth`;

export const rebuildAuthCommand: AddCommand = (parent, run, tool) =>
  void groupOf(parent, 'rebuild', 'rebuilds a projection from its topic')
    .command('auth')
    .description('the logins of the auth app: makes them next to the live ones, compares, then replaces them')
    .option('--dry-run', 'compares, and takes nothing over')
    .option('--yes', 'takes it over without asking')
    .option('--json', 'one JSON object')
    .addHelpText('after', HELP)
    .action((options: RepairOptions) =>
      run(async () => {
        const { rebuildAuth } = await import('./rebuild.js');
        return rebuildAuth(options, tool);
      }),
    );
