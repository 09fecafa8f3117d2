import { runOperatorCommand } from './operator-command.js';

/** Runs the tool for events on the servers that the environment names, else on those of the local run: never on some of each. */
await runOperatorCommand({
  script: 'events/src/main.js',
  settings: ['KAFKA_BROKERS', 'GATEWAY_DATABASE_URL', 'AUTH_DATABASE_URL'],
  named: 'any',
  environmentOf: ({ gateway, auth }) => ({ ...auth, ...gateway }),
});
