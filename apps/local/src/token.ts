import { runOperatorCommand } from './operator-command.js';

/**
 * Runs the gateway's command for tokens on the database that the environment names, else on that of the local run.
 * The local run's own secret goes with its database, also where the environment names another secret alone.
 */
await runOperatorCommand({
  script: 'gateway/src/token.js',
  settings: ['GATEWAY_DATABASE_URL', 'GATEWAY_SECRET'],
  named: 'all',
  environmentOf: ({ gateway }) => gateway,
});
