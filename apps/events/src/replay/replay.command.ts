import { Option } from 'commander';
import type { AddCommand } from '../command.js';

import { wholeNumber } from '#app/terminal';
import { withRange } from '../options/range.js';
import { TOPIC_HELP, topicName } from '../options/topics.js';
import type { ReplayOptions } from './replay.options.js';

const HELP = `
To a topic: each record goes out again with its key, headers and value to the byte, in its order, and ce_replayed. A copy takes anything.
The topics that subscribers and the auth app read (contacts, logins) are refused unless each contact ends on its newest version:
compaction, and readers that start from zero, take a contact's last record for its newest, and an older one there would bring a former
email or a removed login back. Records that the gateway publishes during it, or a Ctrl-C, do not break that: what was newest
goes behind once more.

To a group: its offsets are set to the beginning of the range, so that it reads on from there. It must have no running member.
The auth app keeps its offsets in its own database: \`rebuild auth\` is what starts it from zero.

--dry-run says what would change, and writes nothing: without a target, what the auth app would take.

Examples
  npm run events -- replay --topic logins --dry-run
  npm run events -- replay events.jsonl --topic contacts --to-topic contacts-copy --create
  npm run events -- replay --topic contacts --since 2d --to-topic contacts-copy --rate 500
  npm run events -- replay --topic contacts --since 2026-01-31 --to-group mailing-list
  npm run events -- replay logins.jsonl --topic logins --to-topic logins --yes`;

export const replayCommand: AddCommand = (parent, run, tool) =>
  void withRange(
    parent
      .command('replay')
      .description('replays a recording, or a range of a topic, to a topic or a consumer group')
      .argument('[file]', 'a recording; without one the topic itself is read')
      .option('--topic <topic>', `what to replay: ${TOPIC_HELP}`, topicName),
  )
    .addOption(
      new Option('--to-topic <topic>', `puts the records there: ${TOPIC_HELP}`).argParser(topicName).conflicts('toGroup'),
    )
    .option('--create', 'makes that topic, with the partitions and settings of the live one')
    .option('--to-group <group>', 'has a consumer group read from there on')
    .option('--rate <number>', 'records a second at most', wholeNumber(1))
    .option('--dry-run', 'says what would change')
    .option('--yes', 'does not ask')
    .option('--json', 'says it as one JSON object')
    .addHelpText('after', HELP)
    .action((file: string | undefined, options: ReplayOptions) =>
      run(async () => {
        const { replay } = await import('./replay.js');
        return replay(file, options, tool);
      }),
    );
