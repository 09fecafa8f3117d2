import type { AddCommand } from '../command.js';
import { several } from '../options/parsers.js';
import { withRange } from '../options/range.js';
import { TOPIC_HELP, topicName } from '../options/topics.js';
import type { RecordOptions } from './record.js';

const HELP = `
A recording is JSON Lines. The first line names the format, {"format":"contact-sync-recording","version":1}; each further one is a
record: topic, partition, offset (text), timestamp (milliseconds), key, headers and value to the byte: text where they are UTF-8,
{"base64":"…"} where not, a null value for a tombstone. Records stand in the order of their times, those of a contact in theirs.
It holds what the topics hold: personal data, and sealed credentials. Only you can read the file. With --redact it is a fixture for
tests: texts that name somebody are replaced, ids, versions, times, flags and tags stay; marks of the gateway go.

Examples
  npm run events -- record events.jsonl
  npm run events -- record one.jsonl --contact 1 --since 2h
  npm run events -- record fixture.jsonl --contact 12 --redact
  npm run events -- record part.jsonl --topic logins --partition 3 --from-offset 100 --to-offset 200
  npm run --silent events -- record - --topic contacts | gzip > contacts.jsonl.gz`;

export const recordCommand: AddCommand = (parent, run, tool) =>
  void withRange(
    parent
      .command('record')
      .description('writes a range of the topics to a JSON Lines file, to the byte')
      .argument('<file>', 'where to; - is standard output')
      .option('--topic <topic>', `of these topics alone: ${TOPIC_HELP}; several with commas`, several(topicName)),
  )
    .option('--redact', 'replaces names, emails, phones, addresses, bank details, notes and credentials, the same by the same')
    .option('--force', 'writes over a file that is there')
    .option('--json', 'says what was recorded as one JSON object')
    .addHelpText('after', HELP)
    .action((file: string, options: RecordOptions) =>
      run(async () => {
        const { record } = await import('./record.js');
        return record(file, options, tool);
      }),
    );
