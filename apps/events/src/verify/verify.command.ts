import { wholeNumber } from '#app/terminal';
import type { AddCommand } from '../command.js';
import type { VerifyOptions } from './verify.js';

const HELP = `
Looks at every login in the gateway, on the topic (the last record of its key) and in the auth app: versions, emails, credentials
(by a hash of the sealed text), order of claims; and at every company in the gateway and on its topic: version, fields, tags. What the
topic no longer keeps is no difference. What differs is looked at again once all that is under way has arrived.

With --repair what differs is published again as the gateway has it, as a new version; sessions go on. Where topic or auth app are
ahead of the gateway its database lost commits: that is for resync.

Exit code 3 where something differs.

Examples
  npm run events -- verify
  npm run events -- verify --repair
  npm run --silent events -- verify --json | jq '.differences[].contactId'`;

export const verifyCommand: AddCommand = (parent, run, tool) =>
  void parent
    .command('verify')
    .description('compares every login in gateway, topic and auth app, and every company in gateway and topic')
    .option('--repair', "publishes the gateway's state again where topic or auth app differ; asks before")
    .option('--yes', 'repairs without asking')
    .option('--wait <seconds>', 'how long what is under way may take to arrive', wholeNumber(1, 3_600), 60)
    .option('--json', 'one JSON object')
    .addHelpText('after', HELP)
    .action((options: VerifyOptions) =>
      run(async () => {
        const { verify } = await import('./verify.js');
        return verify(options, tool);
      }),
    );
