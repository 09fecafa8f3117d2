import type { AddCommand } from '../command.js';
import type { DumpOptions } from './dump.js';

const HELP = `
For tests with real amounts of data, and for whoever helps you. Names, emails, phone numbers, addresses, bank details, notes and names of
tokens are replaced by keyed hashes, the same text by the same one in both databases; the key is kept nowhere. No password and no token
of it works. Ids, versions, times, flags, memberships and tags stay. Histories, the audit trail, stored answers, sessions and what waits
in the outbox are left out: they hold former values.

It writes gateway.sql and auth.sql, each of one moment, to a new folder. To load one: run the set-up of the same release on an empty
database, without API_TOKEN, then psql --set ON_ERROR_STOP=1 --file gateway.sql.
It needs both databases. It stops where a database has a column that this release does not know.

Example
  npm run events -- dump --out pseudonymised`;

export const dumpCommand: AddCommand = (parent, run, tool) =>
  void parent
    .command('dump')
    .description('the rows of both databases as SQL, without personal data')
    .requiredOption('--out <folder>', 'a new folder')
    .option('--json', 'a JSON object a file, on a line each')
    .addHelpText('after', HELP)
    .action((options: DumpOptions) =>
      run(async () => {
        const { dump } = await import('./dump.js');
        return dump(options, tool);
      }),
    );
