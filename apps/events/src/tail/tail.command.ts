import { Option } from 'commander';
import type { AddCommand } from '../command.js';
import { companyId, contactId, eventType, pastTime, several, time } from '../options/parsers.js';
import { TOPIC_HELP, topicName } from '../options/topics.js';
import type { TailOptions } from './tail.js';

const HELP = `
Without --from and --since it begins at the end; with --no-follow, or an --until that is over, at the beginning. What is there comes in
the order of its times, what comes then as it comes; of one contact always in its order. Ctrl-C ends it. Credentials are never shown.

Examples
  npm run events -- tail
  npm run events -- tail --contact 1 --from beginning
  npm run events -- tail --type ContactDeleted,tombstone --since 7d --no-follow
  npm run --silent events -- tail --json --since 1h | jq .data.contact.email`;

export const tailCommand: AddCommand = (parent, run, tool) =>
  void parent
    .command('tail')
    .description('shows events as they come, one line an event')
    .option('--topic <topic>', `one topic alone: ${TOPIC_HELP}`, topicName)
    .option('--contact <id>', 'of these contacts alone; several with commas', several(contactId))
    .option('--company <id>', 'of these companies alone; several with commas', several(companyId))
    .option('--type <name>', 'of these types alone: ContactUpdated, …, tombstone; several with commas', several(eventType))
    .addOption(new Option('--from <place>', 'where to begin').choices(['beginning', 'end']).conflicts('since'))
    .option('--since <time>', 'begins there: 2026-01-31T09:00:00Z, 2026-01-31, or how long ago (15m, 2h, 7d)', pastTime())
    .option('--until <time>', 'ends before', time())
    .option('--no-follow', 'ends at the end')
    .option('--json', 'a JSON object an event, on a line each')
    .addHelpText('after', HELP)
    .action((options: TailOptions) =>
      run(async () => {
        const { tail } = await import('./tail.js');
        return tail(options, tool);
      }),
    );
