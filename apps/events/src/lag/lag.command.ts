import type { AddCommand } from '../command.js';

const HELP = `
Example
  npm run events -- lag
  npm run --silent events -- lag --json`;

export const lagCommand: AddCommand = (parent, run, tool) =>
  void parent
    .command('lag')
    .description('how far the outbox and the auth app are behind')
    .option('--json', 'one JSON object')
    .addHelpText('after', HELP)
    .action((options: { json?: boolean }) =>
      run(async () => {
        const { showLag } = await import('./lag.js');
        return showLag(options, tool);
      }),
    );
