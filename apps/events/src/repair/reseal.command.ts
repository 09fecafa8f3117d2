import type { AddCommand } from '../command.js';
import { groupOf } from './command-group.js';
import type { RepairOptions } from './repair.options.js';

const HELP = `
For the rotation of the credentials' key, once every gateway seals to the new one. Each credential that is sealed to another key is
opened in memory, sealed to the first of CREDENTIAL_PUBLIC_KEYS, and published as a new version; sessions and passwords go on.
Gateways and auth app run on. Interrupted, it is run again: what has been done stays done.

It needs GATEWAY_DATABASE_URL and, of the keys, CREDENTIAL_PUBLIC_KEYS (the new one first) and CREDENTIAL_PRIVATE_KEYS (old and new),
or …_FILE. In the end it says until when the old private key is needed. Exit code 3 where some are left.

Examples
  npm run events -- credentials reseal --dry-run
  npm run events -- credentials reseal`;

export const resealCommand: AddCommand = (parent, run, tool) =>
  void groupOf(parent, 'credentials', 'the sealed credentials of portal logins')
    .command('reseal')
    .description('seals every credential to the newest key')
    .option('--dry-run', 'counts, and changes nothing')
    .option('--yes', 'does it without asking')
    .option('--json', 'one JSON object')
    .addHelpText('after', HELP)
    .action((options: RepairOptions) =>
      run(async () => {
        const { reseal } = await import('./reseal.js');
        return reseal(options, tool);
      }),
    );
