import { setTimeout as sleep } from 'node:timers/promises';
import { topicOf } from '#app/contracts';
import { SIGN_INS, type SignIn } from '#app/system';
import { must, mustRefuse, type Check } from './check.js';
import { clientOf } from './clients.js';
import { USERS } from './secured-system.js';

/** More than two sessions of 5 s. */
const SECONDS = 12;

const NAMES: Readonly<Record<SignIn, string>> = {
  mtls: 'client certificate',
  scram: 'SCRAM-SHA-512 over TLS',
  plain: 'PLAIN over TLS',
  oauth: 'OAUTHBEARER by client credentials over TLS',
  scram6: 'SCRAM-SHA-512 over TLS at [::1]',
};

const signIn = (way: SignIn): Check => ({
  name: `a client with ${NAMES[way]} / reads for ${SECONDS} s, over the ends of its sessions of 5 s`,
  run: async (secured) => {
    const admin = clientOf(secured.kafka(USERS.operator, way)).admin();
    await admin.connect();
    try {
      for (let second = 0; second < SECONDS; second++) {
        const bounds = await admin.fetchTopicOffsets(topicOf('contacts.v1'));
        must(bounds.length > 0, 'The topic has no partitions.');
        await sleep(1_000);
      }
    } finally {
      await admin.disconnect();
    }
  },
});

const connects = async (environment: Record<string, string>): Promise<void> => {
  const admin = clientOf(environment).admin({ retry: { retries: 0 } });
  try {
    await admin.connect();
    await admin.listTopics();
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
};

export const SIGN_IN_CHECKS: readonly Check[] = [
  ...SIGN_INS.map(signIn),
  {
    name: 'a client without the private CA / trusts no broker',
    run: (secured) =>
      mustRefuse(
        () => connects({ ...secured.kafka(USERS.operator, 'scram'), KAFKA_SSL: 'true', KAFKA_SSL_CA_FILE: '' }),
        /certificate/,
      ),
  },
  {
    name: 'a client without TLS / gets no answer from a TLS listener',
    run: async (secured) => {
      await mustRefuse(() => connects({ KAFKA_BROKERS: secured.cluster.addresses.mtls }), /./);
    },
  },
  {
    name: 'a client without a certificate / is refused where one is asked for',
    run: (secured) =>
      mustRefuse(
        () => connects({ KAFKA_BROKERS: secured.cluster.addresses.mtls, KAFKA_SSL_CA_FILE: secured.cluster.ca.file }),
        /./,
      ),
  },
  {
    name: 'a client with a wrong password / is refused, and the error says so',
    run: (secured) =>
      mustRefuse(
        () => connects({ ...secured.kafka(USERS.operator, 'scram'), KAFKA_SASL_PASSWORD: 'wrong', KAFKA_SASL_PASSWORD_FILE: '' }),
        /[Aa]uthentication failed/,
      ),
  },
];
