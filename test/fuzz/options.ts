import { randomInt } from 'node:crypto';
import { Command } from 'commander';
import { wholeNumber } from '#app/terminal';

const SEEDS = 2 ** 32;

/** Options of a run. */
export interface Options {
  examples: number;
  seed: number;
  workers: number;
}

/** The command line `npm run fuzz`. */
export const fuzzCommand = (): Command =>
  new Command('npm run fuzz --')
    .description('Sends thousands of requests that are made of the OpenAPI document to a gateway, and judges every answer by it.')
    .option(
      '--examples <n>',
      'requests an operation in the fuzzing phase, beside those of the other phases',
      wholeNumber(1, 100_000),
      100,
    )
    .option('--seed <n>', 'repeats a run; drawn and printed without it', wholeNumber(0, SEEDS - 1))
    .option('--workers <n>', 'requests at a time', wholeNumber(1, 64), 2)
    .addHelpText(
      'after',
      `
Starts PostgreSQL, Kafka and a gateway in a temporary folder, and leaves nothing behind but schemathesis, in .cache.
Needs Python 3.10 or later. Ends with 1 where something was found.`,
    );

/** Reads the typed options and fills in the defaults. */
export const optionsOf = (command: Command): Options => ({ seed: randomInt(SEEDS), ...command.opts<Omit<Options, 'seed'>>() });
