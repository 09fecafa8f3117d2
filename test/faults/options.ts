import { parseArgs } from 'node:util';

export const USAGE = `npm run faults -- [options]
  causes faults in a system of its own under load, and checks that nothing is lost, doubled or told out of order
  --fault <n,n,…>   only these faults (default all)
  --seed <n>        of load and schedule (default: drawn, and printed)
  --seconds <n>     how long a fault lasts that needs no time of its own (default 10)
  --short           the form of the tests: gateways killed before and after a commit, some 20 s on an idle machine
  --defect <name>   plants a defect in every process: the run must then find violations
  --soak <minutes>  a fault each minute, with memory, handles, connections and the outbox measured
  --json            results as JSON on standard output instead of the table
  --list            the faults, the defects and what is checked
  --help            this text

Starts a PostgreSQL, a Kafka (three for some faults), two gateways and two auth apps in a temporary folder, and leaves nothing behind.`;

/** What a run is asked to do. */
export interface Options {
  help: boolean;
  list: boolean;
  json: boolean;
  short: boolean;
  /** Empty: all. */
  faults: number[];
  seed: number;
  seconds: number;
  defect: string | undefined;
  /** Minutes; 0 for none. */
  soak: number;
}

/** An option that can't be used. */
export class InvalidOption extends Error {
  override readonly name = 'InvalidOption';
}

/** @throws {InvalidOption} */
export function readOptions(args: string[]): Options {
  const [flag, text] = [{ type: 'boolean' }, { type: 'string' }] as const;
  const values = parse(args, {
    ...{ help: flag, list: flag, json: flag, short: flag },
    ...{ fault: text, seed: text, seconds: text, defect: text, soak: text },
  });
  const short = values['short'] === true;
  return {
    help: values['help'] === true,
    list: values['list'] === true,
    json: values['json'] === true,
    short,
    faults:
      textOf(values['fault'])
        ?.split(',')
        .map((each) => wholeNumber('--fault', each, 1, 30)) ?? (short ? [1] : []),
    seed: wholeNumber('--seed', values['seed'] ?? Math.floor(Math.random() * 1e9), 0, 2 ** 32 - 1),
    seconds: wholeNumber('--seconds', values['seconds'] ?? (short ? 2 : 10), 1, 3_600),
    defect: textOf(values['defect']),
    soak: wholeNumber('--soak', values['soak'] ?? 0, 0, 10_000),
  };
}

const textOf = (value: string | boolean | undefined): string | undefined => (typeof value === 'string' ? value : undefined);

function parse(args: string[], options: Record<string, { type: 'string' | 'boolean' }>) {
  try {
    return parseArgs({ args, options }).values as Record<string, string | boolean | undefined>;
  } catch (error) {
    throw new InvalidOption((error as Error).message);
  }
}

function wholeNumber(name: string, value: unknown, min: number, max: number): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < min || number > max)
    throw new InvalidOption(`${name} must be from ${min} to ${max}.`);
  return number;
}
