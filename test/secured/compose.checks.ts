import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { topicOf, type TopicName } from '#app/contracts';
import { freePorts, javaOf, kafkaJars, KafkaServer, newClusterId } from '#app/system';
import { runScript, plainProducer } from '#app/system/testing';
import kafkajs, { type Kafka } from 'kafkajs';
import { envOf, filledIn, readCompose } from '../../deploy/manifests/compose.js';
import { aclsOf } from './acls.js';
import { must, mustRefuse, type Check } from './check.js';
import { clientOf } from './clients.js';
import { DATABASES, type SecuredSystem } from './secured-system.js';

/** Settings of the broker that belong to its container: its names, ports and folders. */
const OF_THE_CONTAINER = /^KAFKA_(NODE_ID|PROCESS_ROLES|LISTENERS|ADVERTISED_LISTENERS|CONTROLLER_QUORUM_VOTERS|LOG_DIRS)$/;
const NOT_AUTHORIZED = /not authorized|AUTHORIZATION_FAILED/i;

/** As the image reads them: `KAFKA_SUPER_USERS` is `super.users`. */
const brokerSettings = (environment: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment)
      .filter(([name]) => !OF_THE_CONTAINER.test(name))
      .map(([name, value]) => [
        name
          .replace(/^KAFKA_/, '')
          .toLowerCase()
          .replaceAll('_', '.'),
        value,
      ]),
  );

async function write(kafka: Kafka, name: TopicName): Promise<void> {
  const producer = plainProducer(kafka);
  await producer.connect();
  try {
    await producer.send({ topic: topicOf(name), acks: -1, messages: [{ key: '9100000001', value: randomUUID() }] });
  } finally {
    await producer.disconnect();
  }
}

async function grantAcls(environment: Record<string, string>, brokers: string): Promise<void> {
  const sasl = { mechanism: 'plain', username: 'admin', password: environment['KAFKA_ADMIN_PASSWORD']! } as const;
  const admin = new kafkajs.Kafka({ brokers: [brokers], sasl, logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createAcls({ acl: aclsOf(readFileSync('deploy/kafka-acls.sh', 'utf8')) });
  await admin.disconnect();
}

/** The broker of docker-compose.yml as a process, with the file's users and ACLs. */
async function onComposeBroker(
  { host }: SecuredSystem,
  work: (clientOfService: (name: string) => Kafka, settingsOf: (name: string) => Record<string, string>) => Promise<void>,
): Promise<void> {
  const secrets = envOf(spawnSync(process.execPath, ['apps/local/compose-env.mjs', '-'], { encoding: 'utf8' }).stdout);
  const { services } = readCompose();
  const environmentOf = (name: string): Record<string, string> =>
    Object.fromEntries(
      Object.entries(services[name]!.environment).map(([key, value]) => [key, filledIn(String(value), secrets)]),
    );
  const [port, external, controller] = (await freePorts(3)) as [number, number, number];
  const clients = `INTERNAL://127.0.0.1:${port},EXTERNAL://127.0.0.1:${external}`;
  const options = {
    ...host.folder.serverFiles('compose-kafka'),
    port,
    jars: kafkaJars(javaOf()),
    settings: {
      ...brokerSettings(environmentOf('kafka')),
      listeners: `${clients},CONTROLLER://127.0.0.1:${controller}`,
      'advertised.listeners': clients,
    },
    member: { clusterId: newClusterId(), nodeId: 1, controllerPorts: [controller] },
  };
  const broker = new KafkaServer(options, host.watchdog, new Map());
  await broker.start();
  try {
    await grantAcls(secrets, broker.address);
    const settingsOf = (name: string) => ({ ...environmentOf(name), KAFKA_BROKERS: broker.address });
    await work((name) => clientOf(settingsOf(name)), settingsOf);
  } finally {
    await broker.stop('SIGKILL');
  }
}

export const COMPOSE_CHECKS: readonly Check[] = [
  {
    name: 'the broker of docker-compose.yml with its users and ACLs / the set-up makes the topics, and nobody but the gateway writes logins',
    run: (secured) =>
      onComposeBroker(secured, async (kafkaOf, settingsOf) => {
        const database = secured.database('gateway', 'compose-set-up', secured.url('gateway', 'owner'));
        const { GATEWAY_DATABASE_URL: _, ...settings } = settingsOf('gateway-set-up');
        const { code, err } = await runScript('apps/gateway/src/set-up.js', [], { ...settings, ...database, API_TOKEN: '' });
        must(code === 0, `${DATABASES.gateway}: ${err}`);
        await write(kafkaOf('gateway'), 'portal-logins.v1');
        await write(kafkaOf('auth'), 'portal-logins.v1.dead-letters');
        for (const service of ['auth', 'gateway-set-up'])
          await mustRefuse(() => write(kafkaOf(service), 'portal-logins.v1'), NOT_AUTHORIZED);
        const { KAFKA_SASL_USERNAME: __, ...stranger } = settingsOf('gateway');
        await mustRefuse(() => write(clientOf(stranger), 'portal-logins.v1'), /./);
      }),
  },
];
