import { runOperatorCommand } from './operator-command.js';

/**
 * Runs the gateway's token command on the environment's database, else on that of the local run.
 * The local run's database always goes with its own secret, also if the environment sets another secret alone.
 */
await runOperatorCommand({
  script: 'gateway/src/token.js',
  settings: ['GATEWAY_DATABASE_URL', 'GATEWAY_SECRET'],
  named: 'all',
  environmentOf: ({ gateway }) => gateway,
});
