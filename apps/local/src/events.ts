import { runOperatorCommand } from './operator-command.js';

/** Runs the events tool on the environment's servers, else on those of the local run: never on a mix of both. */
await runOperatorCommand({
  script: 'events/src/main.js',
  settings: ['KAFKA_BROKERS', 'GATEWAY_DATABASE_URL', 'AUTH_DATABASE_URL'],
  named: 'any',
  environmentOf: ({ gateway, auth }) => ({ ...auth, ...gateway }),
});
