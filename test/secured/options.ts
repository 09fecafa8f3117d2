import { wholeNumber } from '#app/terminal';
import { Command, InvalidArgumentError } from 'commander';
import { PARTS, type Part } from './check.js';

/** Options of a run. */
export interface Options {
  only: readonly Part[];
  seconds: number;
  list: boolean;
}

/** The command line `npm run test:secured`. */
export const securedCommand = (): Command =>
  new Command('npm run test:secured --')
    .description('Tries the apps and the tools on a secured cluster of three brokers and on a secured PostgreSQL.')
    .option('--only <part,part,…>', `some of: ${PARTS.join(', ')}`, parts, [...PARTS])
    .option('--seconds <n>', 'how long a fault lasts that needs no time of its own', wholeNumber(1, 3_600), 5)
    .option('--list', 'prints the checks', false)
    .addHelpText(
      'after',
      `
Starts three brokers with TLS by a private CA, client certificates, SCRAM, PLAIN, OAUTHBEARER and ACLs, a PostgreSQL with TLS, two gateways
and two auth apps in a temporary folder, and removes it. ACLs and grants are those that set-up.js prints, and no others.
It needs openssl and Java; PgBouncer is tried where it is installed. It takes eight to ten minutes, a part of it one or two.

Exit code: 0 every check holds, 1 one does not.`,
    );

function parts(text: string): Part[] {
  const chosen = text.split(',').map((part) => part.trim());
  const unknown = chosen.find((part) => !PARTS.includes(part as Part));
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no part ${unknown}: ${PARTS.join(', ')}.`);
  return chosen as Part[];
}
