import { InvalidArgumentError, type Command } from 'commander';
import type { AddCommand } from '../command.js';
import { contactId, several } from '../options/parsers.js';
import { groupOf } from '../repair/command-group.js';
import type { ListOptions } from './look.js';
import type { SettleOptions } from './settle.js';

const group = (parent: Command): Command => groupOf(parent, 'dead-letters', 'what the auth app could not apply');

const ABOUT = `
What became of a letter is kept in the auth app's database (AUTH_DATABASE_URL); the letters themselves stay on their topic for
its 30 days. A letter is named by its place there, partition@offset.`;

const LIST_HELP = `${ABOUT}

Examples
  npm run events -- dead-letters list
  npm run --silent events -- dead-letters list --all --json | jq .reasons`;

const SHOW_HELP = `
Whatever could be a credential is withheld.

Example
  npm run events -- dead-letters show 3@17`;

const REDRIVE_HELP = `
Letters go out with their key, headers and value to the byte, and ce_replayed, in the order in which they stood. First repair
why they are here, else they come back, and a partition stops at the twentieth in a row. An older version than the auth
app holds does no harm: it is skipped, and the newest version of its contact goes behind once more.
Without places those are meant that wait; a letter that is named goes whatever became of it.

Examples
  npm run events -- dead-letters redrive 3@17 3@18
  npm run events -- dead-letters redrive --reason UnreadableCredential --dry-run
  npm run events -- dead-letters redrive --all --yes`;

const DISCARD_HELP = `
It is no longer counted as waiting. As long as the topic holds it, it can be redriven by its place.

Examples
  npm run events -- dead-letters discard 3@17
  npm run events -- dead-letters discard --contact 1 --yes`;

const listCommand: AddCommand = (parent, run, tool) =>
  void group(parent)
    .command('list')
    .description('lists those that wait: why, since when, of whom, from where')
    .option('--all', 'those redriven and discarded too')
    .option('--json', 'one JSON object')
    .addHelpText('after', LIST_HELP)
    .action((options: ListOptions) =>
      run(async () => {
        const { listLetters } = await import('./look.js');
        return listLetters(options, tool);
      }),
    );

const showCommand: AddCommand = (parent, run, tool) =>
  void group(parent)
    .command('show')
    .description('shows one: key, headers and value')
    .argument('<letter>', 'its place', place)
    .option('--json', 'one JSON object')
    .addHelpText('after', SHOW_HELP)
    .action((letter: string, options: { json?: boolean }) =>
      run(async () => {
        const { showLetter } = await import('./look.js');
        return showLetter(letter, options, tool);
      }),
    );

const redriveCommand: AddCommand = (parent, run, tool) =>
  void withSelection(group(parent).command('redrive'))
    .description('sends them to where they came from')
    .addHelpText('after', REDRIVE_HELP)
    .action((letters: string[] | undefined, options: SettleOptions) =>
      run(async () => {
        const { redrive } = await import('./settle.js');
        return redrive(letters ?? [], options, tool);
      }),
    );

const discardCommand: AddCommand = (parent, run, tool) =>
  void withSelection(group(parent).command('discard'))
    .description('marks them as no longer needed')
    .addHelpText('after', DISCARD_HELP)
    .action((letters: string[] | undefined, options: SettleOptions) =>
      run(async () => {
        const { discard } = await import('./settle.js');
        return discard(letters ?? [], options, tool);
      }),
    );

const withSelection = (command: Command): Command =>
  command
    .argument('[letters...]', 'their places', several(place))
    .option('--all', 'every one that waits')
    .option('--contact <id>', 'of these contacts alone; several with commas', several(contactId))
    .option('--reason <text>', 'whose reason has this in it')
    .option('--dry-run', 'says which')
    .option('--yes', 'does not ask')
    .option('--json', 'one JSON object');

function place(text: string): string {
  if (!/^\d{1,6}@\d{1,15}$/.test(text)) throw new InvalidArgumentError('A dead letter is named by its place: 3@17.');
  return text;
}

/** In the order of the help. */
export const DEAD_LETTER_COMMANDS: readonly AddCommand[] = [listCommand, showCommand, redriveCommand, discardCommand];
