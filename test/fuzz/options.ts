import { parseArgs } from 'node:util';

export const USAGE = `npm run fuzz -- [options]
  Sends thousands of requests that are made of the OpenAPI document to a gateway, and judges every answer by it.
  --examples <n>   requests an operation in the fuzzing phase, beside those of the other phases (default 100)
  --seed <n>       repeats a run; each run prints its seed
  --workers <n>    requests at a time (default 2)
  --help           this text

Starts a PostgreSQL, a Kafka and a gateway of its own in a temporary folder, and leaves nothing behind but schemathesis, in .cache.
Needs Python 3.10 or later. Ends with 1 where something was found.`;

/** What a run is asked to do. */
export interface Options {
  help: boolean;
  examples: number;
  seed: number;
  workers: number;
}

/** An option that can't be used. */
export class InvalidOption extends Error {
  override readonly name = 'InvalidOption';
}

/**
 * @param anySeed for a run that does not say which
 * @throws {InvalidOption}
 */
export function readOptions(args: string[], anySeed: number): Options {
  const text = { type: 'string' } as const;
  const { help, examples, seed, workers } = parse(args, {
    help: { type: 'boolean' },
    examples: text,
    seed: text,
    workers: text,
  } as const);
  return {
    help: help === true,
    examples: wholeNumber('--examples', examples, 100, { min: 1, max: 100_000 }),
    seed: wholeNumber('--seed', seed, anySeed, { min: 0, max: 2 ** 32 - 1 }),
    workers: wholeNumber('--workers', workers, 2, { min: 1, max: 64 }),
  };
}

function parse(args: string[], options: Record<string, { type: 'string' | 'boolean' }>) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new InvalidOption((error as Error).message);
  }
}

function wholeNumber(name: string, value: unknown, fallback: number, { min, max }: { min: number; max: number }): number {
  if (value === undefined) return fallback;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
  if (!Number.isSafeInteger(number) || number < min || number > max)
    throw new InvalidOption(`${name} must be from ${min} to ${max}.`);
  return number;
}
