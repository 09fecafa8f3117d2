import { pastTime } from '../options/parsers.js';
import type { AddCommand } from '../command.js';
import type { RefreshQuietOptions } from './refresh-quiet.js';

const DAY_MS = 86_400_000;

const HELP = `
Kafka compacts a closed segment alone, and closes one when a record comes after its time. So in a partition of logins that gets no more
records, what was replaced or removed stays: the email and the sealed password of a deleted contact too. This publishes the last login of
each such partition again, as the gateway has it, with its next version; sessions go on. Once for each quiet time: a partition whose last
record is from this command is left alone. Run it once a day, which is the topic's segment.ms: the chart does.

It needs Kafka and GATEWAY_DATABASE_URL.

Examples
  npm run events -- refresh-quiet --dry-run
  npm run --silent events -- refresh-quiet --yes --json`;

export const refreshQuietCommand: AddCommand = (parent, run, tool) =>
  void parent
    .command('refresh-quiet')
    .description('publishes a login in each partition that gets no more records, so that Kafka erases what is old in it')
    .option('--since <time>', 'partitions without a record since then (default: 1d)', pastTime())
    .option('--dry-run', 'only shows the partitions')
    .option('--yes', 'does not ask')
    .option('--json', 'one JSON object')
    .addHelpText('after', HELP)
    .action(({ since = Date.now() - DAY_MS, ...options }: Partial<RefreshQuietOptions>) =>
      run(async () => {
        const { refreshQuiet } = await import('./refresh-quiet.js');
        return refreshQuiet({ since, ...options }, tool);
      }),
    );
