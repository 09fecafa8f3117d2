import { topicOf } from '#app/contracts';
import { AppProcess, freePort } from '#app/system';
import { eventually } from '#app/system/testing';
import { must, type Check } from './check.js';
import { USERS, type SecuredSystem } from './secured-system.js';

const SECOND = 'second-deployment';

/** Runs the gateway's set-up as the user who may do everything, for topics of another prefix. */
const asAdmin = (secured: SecuredSystem, more: Record<string, string> = {}) => ({
  ...secured.kafka(secured.cluster.admin.name, 'scram'),
  TOPIC_PREFIX: SECOND,
  ...more,
});

export const KAFKA_CHECKS: readonly Check[] = [
  {
    name: 'a set-up whose user may make no topics / names each topic, the reason, and the command that makes it',
    run: async (secured) => {
      const more = { ...secured.kafka(USERS.operator, 'scram'), TOPIC_PREFIX: 'not-ours' };
      const { code, err } = await secured.setUpEnd('gateway', more);
      must(code === 1, err);
      for (const name of ['contacts.v1', 'companies.v1', 'portal-logins.v1', 'portal-logins.v1.dead-letters'] as const) {
        const topic = topicOf(name, 'not-ours').replaceAll('.', '\\.');
        must(new RegExp(`${topic}: .*\\(TOPIC_AUTHORIZATION_FAILED\\)\\n +kafka-topics\\.sh .*--topic ${topic} `).test(err), err);
      }
    },
  },
  {
    name: 'a set-up that asks for more replicas than there are brokers / names each topic and the reason',
    run: async (secured) => {
      const { code, err } = await secured.setUpEnd('gateway', asAdmin(secured, { TOPIC_REPLICATION_FACTOR: '5' }));
      must(code === 1 && err.match(/INVALID_REPLICATION_FACTOR/g)?.length === 4, err);
    },
  },
  {
    name: 'topics that others made / are checked by a set-up whose user may only look at them',
    run: async (secured) => {
      await secured.setUp('gateway', asAdmin(secured));
      const { out } = await secured.setUp('gateway');
      must(/Topics are there/.test(out), out);
    },
  },
  {
    name: 'a second deployment with a prefix of its own and the same consumer group / logs a warning that names CONSUMER_GROUP',
    run: async (secured) => {
      const { app: first } = secured.system.auths[0]!;
      const port = await freePort();
      const env = {
        ...first.app.env,
        ...asAdmin(secured),
        KAFKA_SSL_CERT_FILE: '',
        KAFKA_SSL_KEY_FILE: '',
        AUTH_PORT: String(port),
      };
      const second = new AppProcess({ name: 'auth-second', script: 'apps/auth/src/main.js', port, env }, secured.host);
      await second.startUntilReady();
      try {
        await eventually(
          () => {
            const outputs = [second, ...secured.system.auths.map(({ app }) => app)].map(({ output }) => output).join('\n');
            must(/Another deployment or program uses the same consumer group/.test(outputs), 'Nothing is said.');
          },
          { timeoutMs: 45_000, everyMs: 500 },
        );
      } finally {
        await second.terminate();
      }
    },
  },
];
