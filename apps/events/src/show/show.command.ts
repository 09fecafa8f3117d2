import type { AddCommand } from '../command.js';
import { contactId } from '../options/parsers.js';
import type { ShowOptions } from './show.js';

const HELP = `
Each version is shown against the one before it. What is not as it should be is marked: versions that the topic no longer holds,
repetitions, and versions that came twice, which are an alarm. Where a version came twice the exit code is 3.

Examples
  npm run events -- show 1
  npm run --silent events -- show 1 --json | jq -c '.changes[]'`;

export const showCommand: AddCommand = (parent, run, tool) =>
  void parent
    .command('show')
    .description("shows a contact's history from the topics, its login's included, as a diff a version")
    .argument('<contact>', 'the id of the contact', contactId)
    .option('--json', 'a JSON object a version, on a line each')
    .addHelpText('after', HELP)
    .action((contact: number, options: ShowOptions) =>
      run(async () => {
        const { showContact } = await import('./show.js');
        return showContact(contact, options, tool);
      }),
    );
