import type { AddCommand } from '../command.js';
import type { LookAlikesOptions } from './look-alikes.js';

const HELP = `
Lists the gateway's logins whose emails look the same though they are two logins: an email with a hidden character or a letter such as
"ａ" beside the plain one. New emails of this kind are refused; stored ones keep working. Letters of other scripts that resemble each
other are not found.

It needs GATEWAY_DATABASE_URL. Exit code 3 where there are any.

Examples
  npm run events -- look-alikes
  npm run --silent events -- look-alikes --json | jq '.logins[].contactId'`;

export const lookAlikesCommand: AddCommand = (parent, run, tool) =>
  void parent
    .command('look-alikes')
    .description('lists logins whose emails look the same')
    .option('--json', 'one JSON object for each look')
    .addHelpText('after', HELP)
    .action((options: LookAlikesOptions) =>
      run(async () => {
        const { lookAlikes } = await import('./look-alikes.js');
        return lookAlikes(options, tool);
      }),
    );
