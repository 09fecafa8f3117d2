import { wholeNumber } from '#app/terminal';
import type { AddCommand } from '../command.js';
import type { RemarkOptions } from './remark.js';

const HELP = `
The second of three steps in which marking is switched on: all gateways have EVENT_MAC_KEYS already, the auth apps get it after this.
Every login is published again with its next version, which the gateways mark; sessions go on. The command waits until the outbox is
published and applied, and notes each partition's first marked offset in the auth app's database: unmarked records below it are
skipped from then on, all others are dead letters.

It is also a step of each rotation of the key, after the new key is the first one in every gateway: a login that does not change would
keep a record of the old key, which becomes a dead letter once that key is gone.

It needs GATEWAY_DATABASE_URL, AUTH_DATABASE_URL, Kafka and EVENT_MAC_KEYS (or …_FILE). Interrupted, it is run again.

Examples
  npm run events -- remark
  npm run --silent events -- remark --yes --json`;

export const remarkCommand: AddCommand = (parent, run, tool) =>
  void parent
    .command('remark')
    .description("publishes every login again with the gateway's mark, and notes where marking begins")
    .option('--yes', 'does not ask')
    .option('--wait <seconds>', 'how long what is published may take to arrive', wholeNumber(1), 600)
    .option('--json', 'one JSON object')
    .addHelpText('after', HELP)
    .action((options: RemarkOptions) =>
      run(async () => {
        const { remark } = await import('./remark.js');
        return remark(options, tool);
      }),
    );
