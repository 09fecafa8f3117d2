import { parseArgs } from 'node:util';

export const USAGE = `npm run seed -- --contacts <n> [options]
  --contacts <n>  how many contacts to make, 1 to 10,000,000; with a company for each ten of them
  --add           add them to a database that has contacts already; without it such a database is left alone
  --help          this text

Fills the gateway's database with demo contacts, for trying lists and updates at scale: names, emails, phones, companies, tags.
A million takes some minutes. Ctrl-C stops it: what it has made so far stays.

The database is GATEWAY_DATABASE_URL, or else the one of npm start, which has to be running (DATA_DIR and POSTGRES_PORT as there).

They are written as rows, past the API: there are no events of them and no logins, so subscribers hear of a contact when it is
first changed. No more than demo data, then: don't do this to a database that you mean to keep.`;

/** What the command is asked to do. */
interface BulkOptions {
  help: boolean;
  contacts: number;
  /** Whether contacts that are there already are no reason to stop. */
  add: boolean;
}

/** An option that can't be used. */
export class InvalidOption extends Error {
  override readonly name = 'InvalidOption';
}

const MAX_CONTACTS = 10_000_000;

/** @throws {InvalidOption} */
export function readBulkOptions(args: string[]): BulkOptions {
  const { contacts, add, help } = parse(args);
  if (help) return { help, contacts: 0, add: false };
  const count = Number(contacts?.replaceAll(/[_,](?=\d{3})/g, ''));
  if (!Number.isSafeInteger(count) || count < 1 || count > MAX_CONTACTS)
    throw new InvalidOption('--contacts must be a whole number from 1 to 10,000,000.');
  return { help: false, contacts: count, add: add === true };
}

function parse(args: string[]): { contacts?: string; add?: boolean; help?: boolean } {
  try {
    const options = { contacts: { type: 'string' }, add: { type: 'boolean' }, help: { type: 'boolean' } } as const;
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new InvalidOption((error as Error).message);
  }
}
