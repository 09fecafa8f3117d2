import type { AddCommand } from '../command.js';
import type { RepairOptions } from './repair.options.js';

const HELP = `
For a gateway's database that lost commits: restored from a backup, or a fail-over to a stand-by that was behind; and for topics that
are new or empty. Stop every gateway before. Versions, positions and ids (of contacts, companies, tags and tokens) are raised above
everything that the three topics hold, every contact, login and company is published again, and what the topics know and the gateway
lacks is withdrawn. Events that wait for topics of another TOPIC_PREFIX go to these. What is read and counted is shown before anything
is changed. It stops when a gateway connects during it: then run it again.

It needs GATEWAY_DATABASE_URL and Kafka. Interrupted, it is run again from the start. The procedure as a whole: docs/runbook.md.

Examples
  npm run events -- resync --dry-run
  npm run events -- resync`;

export const resyncCommand: AddCommand = (parent, run, tool) =>
  void parent
    .command('resync')
    .description("after the gateway's database was restored to an older point: has all readers end in its state")
    .option('--dry-run', 'reads and counts, and changes nothing')
    .option('--yes', 'does it without asking')
    .option('--json', 'one JSON object')
    .addHelpText('after', HELP)
    .action((options: RepairOptions) =>
      run(async () => {
        const { resync } = await import('./resync.js');
        return resync(options, tool);
      }),
    );
