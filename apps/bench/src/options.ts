import { parseArgs } from 'node:util';

export const USAGE = `npm run bench -- [options]
  --rounds <n>    pairs of rounds, one of the gateway and one of the bare handler (default 5)
  --seconds <n>   length of a round (default 6)
  --logins <n>    changes of logins whose way to the auth app is timed (default 200)
  --help          this text

Starts a PostgreSQL and a Kafka of its own in a temporary folder, and leaves nothing behind.`;

/** What a run is asked to do. */
export interface Options {
  help: boolean;
  rounds: number;
  seconds: number;
  logins: number;
}

/** An option that can't be used. */
export class InvalidOption extends Error {
  override readonly name = 'InvalidOption';
}

/** @throws {InvalidOption} */
export function readOptions(args: string[]): Options {
  const text = { type: 'string' } as const;
  const { help, rounds, seconds, logins } = parse(args, { help: { type: 'boolean' }, rounds: text, seconds: text, logins: text });
  return {
    help: help === true,
    rounds: wholeNumber('--rounds', rounds, 5),
    seconds: wholeNumber('--seconds', seconds, 6),
    logins: wholeNumber('--logins', logins, 200),
  };
}

function parse(args: string[], options: Record<string, { type: 'string' | 'boolean' }>): Record<string, unknown> {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new InvalidOption((error as Error).message);
  }
}

function wholeNumber(name: string, value: unknown, fallback: number): number {
  if (value === undefined) return fallback;
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1 || number > 10_000) throw new InvalidOption(`${name} must be from 1 to 10000.`);
  return number;
}
