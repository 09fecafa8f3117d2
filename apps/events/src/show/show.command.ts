import type { AddCommand } from '../command.js';
import { companyId, contactId } from '../options/parsers.js';
import { WrongUsage } from '../events.errors.js';
import type { ShownSubject, ShowOptions } from './show.js';

const COMPANY = 'company';

const HELP = `
Each version is shown against the one before it. What is not as it should be is marked: versions that the topic no longer holds,
repetitions, and versions that came twice, which are an alarm. Where a version came twice the exit code is 3.

Examples
  npm run events -- show 1
  npm run events -- show company 12
  npm run --silent events -- show 1 --json | jq -c '.changes[]'`;

export const showCommand: AddCommand = (parent, run, tool) =>
  void parent
    .command('show')
    .description("shows the history of a contact (its login's included) or of a company from the topics, as a diff a version")
    .argument('<contact>', 'the id of the contact, or the word company', (text) => (text === COMPANY ? COMPANY : contactId(text)))
    .argument('[company]', 'the id of the company', companyId)
    .option('--json', 'a JSON object a version, on a line each')
    .addHelpText('after', HELP)
    .action((contact: number | typeof COMPANY, company: number | undefined, options: ShowOptions) =>
      run(async () => {
        const { showHistory } = await import('./show.js');
        return showHistory(subjectOf(contact, company), options, tool);
      }),
    );

function subjectOf(contact: number | typeof COMPANY, company: number | undefined): ShownSubject {
  if ((contact === COMPANY) !== (company !== undefined))
    throw new WrongUsage('Say show 1 for a contact, show company 12 for a company.');
  return contact === COMPANY ? { company: company! } : { contact };
}
