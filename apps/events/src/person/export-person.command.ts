import type { AddCommand } from '../command.js';
import { contactId } from '../options/parsers.js';
import type { ExportPersonOptions } from './export-person.js';

const HELP = `
Everything that is held of a contact: the rows of both databases, the records of the topics and of the dead letters, each part with when
it goes. Passwords are not in it: they are sealed, or hashed. Companies, tags and tokens are not of a person.

It is one JSON object: to standard output, or with --out to a file that only you can read. The audit trail notes the command.
It needs GATEWAY_DATABASE_URL, AUTH_DATABASE_URL and Kafka. Exit code 3 where nothing is held.

Examples
  npm run --silent events -- export-person --contact 1 | jq .gateway
  npm run events -- export-person --contact 1 --out person-1.json`;

export const exportPersonCommand: AddCommand = (parent, run, tool) =>
  void parent
    .command('export-person')
    .description('everything that is held of a contact, in both databases and on the topics, and until when')
    .requiredOption('--contact <id>', 'the contact', contactId)
    .option('--out <file>', 'writes it to a new file')
    .option('--json', 'with --out: says what was written as one JSON object')
    .addHelpText('after', HELP)
    .action((options: ExportPersonOptions) =>
      run(async () => {
        const { exportPerson } = await import('./export-person.js');
        return exportPerson(options, tool);
      }),
    );
