import { parseArgs } from 'node:util';

export const USAGE = `npm run bench -- [options]
  updates a second against a bare handler, and the time from an update's answer to the login
  --rounds <n>    pairs of rounds, one of the gateway and one of the bare handler (default 5)
  --seconds <n>   length of a round (default 6)
  --logins <n>    changes of logins whose way to the auth app is timed (default 200)
  --help          this text

npm run bench -- lists [--contacts <n>]
  lists and an update with 10,000 contacts, and then with --contacts of them (default 1,000,000, which takes some minutes)

npm run bench -- floods [--rounds <n>] [--seconds <n>] [--logins <n>]
  updates while passwords to set and sign-ins flood in, and whether the time of a failed sign-in tells of a login

npm run bench -- rebuild [--logins <n>]
  a rebuild of --logins logins (default 100,000) in the auth app's database, while somebody signs in

Starts a PostgreSQL and a Kafka of its own in a temporary folder, and leaves nothing behind.`;

const SUBJECTS = ['lists', 'floods', 'rebuild'] as const;
type Subject = (typeof SUBJECTS)[number];

/** What a run is asked to do. */
export interface Options {
  help: boolean;
  rounds: number;
  seconds: number;
  logins: number;
  /** What is measured. */
  subject: 'updates' | Subject;
  /** How many contacts lists are measured with in the end. */
  contacts: number;
}

/** An option that can't be used. */
export class InvalidOption extends Error {
  override readonly name = 'InvalidOption';
}

/** @throws {InvalidOption} */
export function readOptions(args: string[]): Options {
  const text = { type: 'string' } as const;
  const known = { help: { type: 'boolean' }, rounds: text, seconds: text, logins: text, contacts: text } as const;
  const { values, positionals } = parse(args, known);
  const { help, rounds, seconds, logins, contacts } = values;
  const subject = SUBJECTS.find((name) => name === positionals[0]);
  if (positionals.length > (subject ? 1 : 0))
    throw new InvalidOption(`There is nothing to measure that is called ${positionals.join(' ')}.`);
  return {
    help: help === true,
    rounds: wholeNumber('--rounds', rounds, 5),
    seconds: wholeNumber('--seconds', seconds, 6),
    logins: subject === 'rebuild' ? wholeNumber('--logins', logins, 100_000, 1_000_000) : wholeNumber('--logins', logins, 200),
    subject: subject ?? 'updates',
    contacts: wholeNumber('--contacts', contacts, 1_000_000, 10_000_000),
  };
}

function parse(args: string[], options: Record<string, { type: 'string' | 'boolean' }>) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new InvalidOption((error as Error).message);
  }
}

function wholeNumber(name: string, value: unknown, fallback: number, max = 10_000): number {
  if (value === undefined) return fallback;
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1 || number > max) throw new InvalidOption(`${name} must be from 1 to ${max}.`);
  return number;
}
