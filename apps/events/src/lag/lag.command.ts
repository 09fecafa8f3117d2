import type { AddCommand } from '../command.js';

const HELP = `
The outbox is read from the gateway's database, what is applied from the auth app's, which alone decides where it goes on. AUTH_URL
(http://host:port of an auth app) has it ask that one which partitions stopped, and why: then the exit code is 3.
Where Kafka or the auth app's database does not answer, the outbox is shown all the same, and the exit code is 1.

Examples
  npm run events -- lag
  npm run --silent events -- lag --json`;

export const lagCommand: AddCommand = (parent, run, tool) =>
  void parent
    .command('lag')
    .description('how far outbox and auth app are behind, and what is stopped')
    .option('--json', 'one JSON object')
    .addHelpText('after', HELP)
    .action((options: { json?: boolean }) =>
      run(async () => {
        const { showLag } = await import('./lag.js');
        return showLag(options, tool);
      }),
    );
