import { Command } from 'commander';
import { wholeNumber } from '#app/terminal';

const MAX_CONTACTS = 10_000_000;
const HELP = `
Fills the gateway's database with demo contacts, for trying lists and updates at scale: names, emails, phones, companies, tags.
A million takes some minutes. Ctrl-C stops it: what it has made so far stays.

The database is GATEWAY_DATABASE_URL, or else the one of npm start, which has to be running (DATA_DIR and POSTGRES_PORT as there).

The contacts are written as rows, past the API: there are no events of them and no logins, so subscribers hear of a contact when it is
first changed. They are demo data: don't add them to a database that you mean to keep.`;

/** The options of the command. */
export interface BulkOptions {
  contacts: number;
  /** Whether contacts may be added to a database that has some. */
  add: boolean;
}

/** The command line `npm run seed`. */
export const seedCommand = (): Command =>
  new Command('npm run seed --')
    .requiredOption(
      '--contacts <n>',
      'how many contacts to make, with a company for each ten of them',
      wholeNumber(1, MAX_CONTACTS),
    )
    .option('--add', 'adds them to a database that has contacts already; without it such a database is left alone', false)
    .addHelpText('after', HELP);
