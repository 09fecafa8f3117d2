import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateEventMacKeys } from '#app/credentials';
import {
  kafkaSettings,
  randomSecret,
  SecuredPostgres,
  startSecuredCluster,
  type AppKind,
  type DatabaseRole,
  type ProcessHost,
  type SecuredCluster,
  type SignIn,
} from '#app/system';
import { runScript, type CommandEnd } from '#app/system/testing';
import kafkajs, { type Kafka } from 'kafkajs';
import { System } from '../faults/system/system.js';
import { aclsOf } from './acls.js';

type Environment = Record<string, string>;

/** Kafka's users, as set-up.js names them. */
export const USERS = {
  setUp: 'contact-sync-set-up',
  gateway: 'contact-sync-gateway',
  auth: 'contact-sync-auth',
  operator: 'contact-sync-operator',
  subscriber: 'contact-sync-subscriber',
} as const;

/** How each process signs in at the brokers. */
const SIGN_IN_OF: Readonly<Record<string, SignIn>> = {
  'gateway-1': 'scram',
  'gateway-2': 'oauth',
  'auth-1': 'mtls',
  'auth-2': 'plain',
};

export const DATABASES = { gateway: 'contact_sync_gateway', auth: 'contact_sync_auth' } as const;
const SET_UPS = { gateway: 'apps/gateway/src/set-up.js', auth: 'apps/auth/src/set-up.js' } as const;
const URL_SETTING = { gateway: 'GATEWAY_DATABASE_URL', auth: 'AUTH_DATABASE_URL' } as const;
const PROXIED = /@127\.0\.0\.1:\d+\//;

interface RunSettings {
  /** How long a fault lasts that needs no time of its own. */
  seconds: number;
  say: (line: string) => void;
}

/** The system on secured servers. Apps have the rights that their set-ups print, and no others. */
export class SecuredSystem {
  readonly macKeys = JSON.stringify(generateEventMacKeys('mac-1'));
  /** By app: the role that owns and migrates, and the one that reads and writes. */
  readonly roles = {
    gateway: { owner: newRole('contact_sync_gateway_owner'), app: newRole('contact_sync_gateway') },
    auth: { owner: newRole('contact_sync_auth_owner'), app: newRole('contact_sync_auth') },
  };
  /** ACLs and SQL statements that were granted. */
  readonly granted = { acls: 0, statements: 0 };
  /** A client of the brokers that may do everything, by its certificate. */
  readonly adminKafka: Kafka;
  system!: System;

  private constructor(
    readonly host: ProcessHost,
    readonly settings: RunSettings,
    readonly cluster: SecuredCluster,
    readonly postgres: SecuredPostgres,
  ) {
    this.adminKafka = adminOf(cluster);
  }

  static async start(host: ProcessHost, settings: RunSettings): Promise<SecuredSystem> {
    settings.say('Starting three brokers …');
    const cluster = await startSecuredCluster(host, Object.values(USERS));
    settings.say('Starting PostgreSQL …');
    const secured = new SecuredSystem(host, settings, cluster, await SecuredPostgres.start(host, cluster.ca));
    settings.say('Granting what the set-ups print, and setting up …');
    await secured.grant();
    secured.system = await System.start({ brokers: 3, gateways: 2, auths: 2, wires: secured.wires() }, host);
    for (const kind of ['gateway', 'auth'] as const) await secured.setUp(kind);
    settings.say('Starting two gateways and two auth apps …');
    await secured.system.startApps();
    return secured;
  }

  /** A folder for files of one process or user. */
  folder(name: string): string {
    const folder = join(this.host.folder.root, 'secured', name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Settings of a user at the brokers. */
  kafka(user: string, signIn: SignIn): Environment {
    return kafkaSettings(this.cluster, signIn, user, this.folder(`${user}-${signIn}`));
  }

  /** Settings of a database: its URL in a file, so that it can be renewed. */
  database(kind: AppKind, name: string, url: string): Environment {
    const file = join(this.folder(name), `${kind}.url`);
    writeFileSync(file, `${url}\n`, { mode: 0o600 });
    return { [URL_SETTING[kind]]: '', [`${URL_SETTING[kind]}_FILE`]: file };
  }

  url(kind: AppKind, role: 'owner' | 'app' = 'app'): string {
    return this.postgres.url(this.roles[kind][role], DATABASES[kind]);
  }

  /** Runs a set-up as the user and the role that may. */
  async setUp(kind: AppKind, more: Environment = {}, args: readonly string[] = []): Promise<CommandEnd> {
    const end = await this.setUpEnd(kind, more, args);
    if (end.code !== 0) throw new Error(`The set-up of ${kind} failed: ${end.err || end.out}`);
    return end;
  }

  setUpEnd(kind: AppKind, more: Environment = {}, args: readonly string[] = []): Promise<CommandEnd> {
    const replicas = kind === 'gateway' ? this.system?.gateways : this.system?.auths;
    const env = {
      ...replicas?.[0]?.app.app.env,
      API_TOKEN: this.system?.secrets.apiToken,
      ...this.database(kind, `${kind}-set-up`, this.url(kind, 'owner')),
      ...this.kafka(USERS.setUp, 'scram'),
      KAFKA_SSL_CERT_FILE: '',
      KAFKA_SSL_KEY_FILE: '',
      ...more,
    };
    return runScript(SET_UPS[kind], args, env);
  }

  /** Runs the events tool; by default as the operator. */
  tool(args: string, more: Environment = {}): Promise<CommandEnd> {
    const { gateways, auths } = this.system;
    const env = {
      ...this.kafka(USERS.operator, 'oauth'),
      GATEWAY_DATABASE_URL: this.url('gateway'),
      AUTH_DATABASE_URL: this.url('auth'),
      AUTH_URL: auths[0]!.app.url,
      EVENT_MAC_KEYS: this.macKeys,
      GATEWAY_SECRET: gateways[0]!.app.app.env['GATEWAY_SECRET'],
      ...more,
    };
    return runScript('apps/events/src/main.js', args.split(' '), env);
  }

  async close(): Promise<void> {
    await this.system.close();
    this.cluster.tokens.close();
  }

  /** Makes the roles and databases, and grants exactly what the set-ups print. */
  private async grant(): Promise<void> {
    const admin = this.adminKafka.admin();
    await admin.connect();
    for (const kind of ['gateway', 'auth'] as const) {
      const { owner, app } = this.roles[kind];
      const sql = (await runScript(SET_UPS[kind], ['--print-grants'], {})).out;
      await this.postgres.asAdmin(async (session) => {
        for (const { name, password } of [owner, app]) await session.query(`create role ${name} login password '${password}'`);
        await session.query(`create database ${DATABASES[kind]} owner ${owner.name}`);
      });
      await this.postgres.asAdmin((session) => session.query(sql), DATABASES[kind]);
      this.granted.statements += sql.match(/;$/gm)!.length;
      const acl = aclsOf((await runScript(SET_UPS[kind], ['--print-acls'], {})).out);
      await admin.createAcls({ acl });
      this.granted.acls += acl.length;
    }
    await admin.disconnect();
  }

  private wires() {
    const { cluster, postgres } = this;
    const adminUrl = (database: string): string =>
      Object.assign(new URL(postgres.server.adminUrl), { pathname: `/${database}` }).href;
    return {
      servers: { postgres: postgres.server, brokers: cluster.brokers },
      databaseUrls: { gateway: adminUrl(DATABASES.gateway), auth: adminUrl(DATABASES.auth) },
      cluster: this.adminKafka,
      environment: (kind: AppKind, name: string, databasePort: number): Environment => ({
        ...this.database(kind, name, this.url(kind).replace(PROXIED, `@127.0.0.1:${databasePort}/`)),
        ...kafkaSettings(cluster, SIGN_IN_OF[name]!, USERS[kind], this.folder(name)),
        EVENT_MAC_KEYS: this.macKeys,
      }),
    };
  }
}

const newRole = (name: string): DatabaseRole => ({ name, password: randomSecret().replaceAll(/[-_]/g, 'x') });

function adminOf({ ca, addresses, admin }: SecuredCluster): Kafka {
  const { cert, key } = ca.issue(admin.name);
  const ssl = { ca: readFileSync(ca.file), cert: readFileSync(cert), key: readFileSync(key) };
  return new kafkajs.Kafka({ brokers: addresses.mtls.split(','), ssl, clientId: 'test', logLevel: kafkajs.logLevel.NOTHING });
}
