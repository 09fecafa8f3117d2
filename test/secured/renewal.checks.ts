import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CertificateAuthority,
  javaOf,
  kafkaCommand,
  kafkaJars,
  linkJars,
  randomSecret,
  runProgram,
  type AppProcess,
} from '#app/system';
import { eventually } from '#app/system/testing';
import { must, type Check } from './check.js';
import { Portal } from './portal.js';
import { DATABASES, USERS, type SecuredSystem } from './secured-system.js';

/** Longer than a session at the brokers. */
const SESSION_PASSES_MS = 7_000;

/** Sets a password of SCRAM by Kafka's own tool. */
async function setScramPassword({ cluster, host }: SecuredSystem, user: string, password: string): Promise<void> {
  const { name, password: secret } = cluster.admin;
  const settings = join(host.folder.root, 'admin.properties');
  const jaas = `org.apache.kafka.common.security.scram.ScramLoginModule required username="${name}" password="${secret}";`;
  const tls = `security.protocol=SASL_SSL\nssl.truststore.type=PEM\nssl.truststore.location=${cluster.ca.file}\n`;
  writeFileSync(settings, `${tls}sasl.mechanism=SCRAM-SHA-512\nsasl.jaas.config=${jaas}\n`, { mode: 0o600 });
  const args = ['--bootstrap-server', cluster.addresses.scram, '--command-config', settings, '--alter'];
  const change = ['--entity-type', 'users', '--entity-name', user, '--add-config', `SCRAM-SHA-512=[password=${password}]`];
  const jars = kafkaJars(javaOf());
  const cwd = host.folder.root;
  linkJars(jars, cwd);
  await runProgram(kafkaCommand(jars, 'kafka.admin.ConfigCommand', [], [...args, ...change]), host.watchdog, { cwd });
}

const fileOf = ({ app }: AppProcess, setting: string): string => app.env[setting]!;

/** Runs work while one gateway serves alone, in the process that it was. */
async function onFirstGateway(secured: SecuredSystem, work: (app: AppProcess) => Promise<void>): Promise<void> {
  const [first, second] = secured.system.gateways.map(({ app }) => app) as [AppProcess, AppProcess];
  await second.terminate();
  const { pid } = first;
  await work(first);
  must(first.pid === pid && first.unexpectedEnds === 0, 'The gateway was restarted.');
  await second.startUntilReady();
}

async function deliversChanges(secured: SecuredSystem): Promise<void> {
  const portal = new Portal(secured);
  const { email } = await portal.contactWithLogin();
  must((await portal.signIn(email)) === 201, 'The portal does not let it in.');
}

export const RENEWAL_CHECKS: readonly Check[] = [
  {
    name: 'the password of a gateway at the brokers is changed, in the cluster and in its file / it publishes on, without a restart',
    run: (secured) =>
      onFirstGateway(secured, async (app) => {
        const password = randomSecret().replaceAll(/[-_]/g, 'x');
        await setScramPassword(secured, USERS.gateway, password);
        writeFileSync(fileOf(app, 'KAFKA_SASL_PASSWORD_FILE'), `${password}\n`);
        await sleep(SESSION_PASSES_MS);
        await deliversChanges(secured);
        await setScramPassword(secured, USERS.gateway, secured.cluster.users.get(USERS.gateway)!.password);
        writeFileSync(fileOf(app, 'KAFKA_SASL_PASSWORD_FILE'), `${secured.cluster.users.get(USERS.gateway)!.password}\n`);
      }),
  },
  {
    name: "the password of a gateway's role is changed, in PostgreSQL and in its file / it serves on, without a restart",
    run: (secured) =>
      onFirstGateway(secured, async (app) => {
        const role = secured.roles.gateway.app;
        const file = fileOf(app, 'GATEWAY_DATABASE_URL_FILE');
        const former = role.password;
        role.password = randomSecret().replaceAll(/[-_]/g, 'x');
        await secured.postgres.asAdmin(async (admin) => {
          await admin.query(`alter role ${role.name} password '${role.password}'`);
          writeFileSync(file, readFileSync(file, 'utf8').replace(former, role.password));
          await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [role.name]);
        });
        const other = fileOf(secured.system.gateways[1]!.app, 'GATEWAY_DATABASE_URL_FILE');
        writeFileSync(other, readFileSync(other, 'utf8').replace(former, role.password));
        await eventually(() => deliversChanges(secured), { timeoutMs: 30_000, everyMs: 500 });
      }),
  },
  {
    name: 'an auth app has a certificate of another CA, which is then replaced on disk / it joins, without a restart',
    run: async (secured) => {
      const { app } = secured.system.auths[0]!;
      const [cert, key] = [fileOf(app, 'KAFKA_SSL_CERT_FILE'), fileOf(app, 'KAFKA_SSL_KEY_FILE')];
      const stranger = CertificateAuthority.create(secured.folder('other-ca')).issue(USERS.auth);
      await app.terminate();
      copyFileSync(stranger.cert, cert);
      copyFileSync(stranger.key, key);
      const { pid } = await app.startUntilReady();
      await sleep(3_000);
      const before = await app.health();
      must(before !== 'ok', 'It is well with a certificate of another CA.');
      secured.cluster.ca.issue(USERS.auth);
      await eventually(
        async () => {
          const health = await app.health();
          must(health === 'ok' && app.pid === pid, `health ${health}`);
        },
        { timeoutMs: 60_000, everyMs: 500 },
      );
      return `health ${before}, then ok`;
    },
  },
  {
    name: "PostgreSQL's certificate is renewed / new connections go on",
    run: async (secured) => {
      secured.postgres.renewCertificate();
      await secured.postgres.asAdmin(async (admin) => {
        await admin.query('select pg_reload_conf()');
        await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [DATABASES.gateway]);
      });
      await eventually(() => deliversChanges(secured), { timeoutMs: 30_000, everyMs: 500 });
    },
  },
];
