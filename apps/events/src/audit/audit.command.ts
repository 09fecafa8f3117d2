import { wholeNumber } from '#app/terminal';
import type { AddCommand } from '../command.js';
import { pastTime, time } from '../options/parsers.js';
import type { AuditOptions } from './audit.js';

const HELP = `
The audit trails of gateway and auth app in one order of time: tokens made, first used, revoked and blocked, exports, commands of
operators; failed and blocked sign-ins, once a minute, by login and address.

It needs GATEWAY_DATABASE_URL and AUTH_DATABASE_URL.

Examples
  npm run events -- audit
  npm run events -- audit --since 1h --action sign_in.blocked
  npm run --silent events -- audit --since 1d --limit 10000 --json`;

export const auditCommand: AddCommand = (parent, run, tool) =>
  void parent
    .command('audit')
    .description('who did what: tokens, exports, commands of operators, failed sign-ins')
    .option('--since <time>', 'begins there: 2026-01-31T09:00:00Z, 2026-01-31, or how long ago (15m, 2h, 7d)', pastTime())
    .option('--until <time>', 'ends before', time())
    .option('--action <action>', 'of this action alone, for instance sign_in.failed')
    .option('--target <target>', 'of this target alone, for instance contact:7')
    .option('--limit <number>', 'the newest entries of each app', wholeNumber(1, 100_000), 50)
    .option('--json', 'one JSON object an entry')
    .addHelpText('after', HELP)
    .action((options: AuditOptions) =>
      run(async () => {
        const { audit } = await import('./audit.js');
        return audit(options, tool);
      }),
    );
