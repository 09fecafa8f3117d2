import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { topicOf } from '#app/contracts';
import {
  AppProcess,
  brokerList,
  freePort,
  mainScript,
  makeSecrets,
  PostgresServer,
  productionEnvironment,
  setUpScript,
  startServers,
  type AppKind,
  type ProcessHost,
  type Servers,
  type SystemSecrets,
} from '#app/system';
import { withAdmin } from '#app/system/testing';
import pg from 'pg';
import { archiveFolder, ArchivedPostgres, archivingTo } from './archived-postgres.js';

const TOPICS = ['contacts.v1', 'companies.v1', 'portal-logins.v1'] as const;

/** A gateway and an auth app, each with a PostgreSQL server of its own that can go back to a moment, and one broker. */
export class RestorableSystem {
  readonly gateway: AppProcess;
  readonly auth: AppProcess;

  private constructor(
    readonly servers: Servers,
    readonly postgres: { gateway: ArchivedPostgres; auth: ArchivedPostgres },
    private readonly environments: { gateway: Record<string, string>; auth: Record<string, string> },
    readonly secrets: SystemSecrets,
    private readonly host: ProcessHost,
  ) {
    this.gateway = this.app('gateway');
    this.auth = this.app('auth');
  }

  static async start(host: ProcessHost): Promise<RestorableSystem> {
    const folder = (name: string): string => archiveFolder(join(host.folder.root, `${name}-archive`));
    const [gatewayArchive, authArchive] = [folder('gateway'), folder('auth')];
    const servers = await startServers(host, { durable: true, postgresSettings: archivingTo(gatewayArchive) });
    const authServer = new PostgresServer(
      {
        ...host.folder.serverFiles('postgres-auth'),
        port: await freePort(),
        password: randomBytes(16).toString('hex'),
        durable: true,
        settings: archivingTo(authArchive),
      },
      host.watchdog,
    );
    await authServer.start();
    const secrets = await makeSecrets();
    const brokers = brokerList(servers.brokers);
    const urls = { gateway: await servers.postgres.database('gateway'), auth: await authServer.database('auth') };
    const environment = async (kind: AppKind) =>
      productionEnvironment(kind, { ...secrets, brokers, databaseUrl: urls[kind], port: await freePort() });
    const environments = { gateway: await environment('gateway'), auth: await environment('auth') };
    const postgres = {
      gateway: new ArchivedPostgres(servers.postgres, gatewayArchive),
      auth: new ArchivedPostgres(authServer, authArchive),
    };
    const system = new RestorableSystem(servers, postgres, environments, secrets, host);
    await system.setUp();
    await Promise.all([system.gateway.startUntilReady(), system.auth.startUntilReady()]);
    return system;
  }

  /** What the load is sent to. */
  get gateways(): { app: AppProcess }[] {
    return [{ app: this.gateway }];
  }

  get brokers(): string[] {
    return this.servers.brokers.map(({ address }) => address);
  }

  get urls(): { gateway: string; auth: string } {
    const { gateway, auth } = this.environments;
    return { gateway: gateway['GATEWAY_DATABASE_URL']!, auth: auth['AUTH_DATABASE_URL']! };
  }

  /** Runs both set-ups, as after a restore: they migrate an older backup, and make missing topics. */
  async setUp(): Promise<void> {
    const { gateway, auth } = this.environments;
    await new AppProcess(setUpScript('gateway', { ...gateway, API_TOKEN: this.secrets.apiToken }), this.host).runToEnd();
    await new AppProcess(setUpScript('auth', auth), this.host).runToEnd();
  }

  /** Runs a command of the operators' tool. @returns its exit code, and what it printed as JSON */
  async events<Result>(...args: string[]): Promise<{ code: number | null; result: Result }> {
    const { gateway, auth } = this.environments;
    const env = { ...gateway, ...auth, AUTH_URL: this.auth.url };
    const command = new AppProcess(
      { name: args[0]!, script: 'apps/events/src/main.js', args: [...args, '--json'], env },
      this.host,
    );
    const { exited } = await command.start({ mayEnd: true });
    const { code } = await exited;
    const text = command.output;
    const from = text.indexOf('{');
    if (from < 0) throw new Error(`events ${args.join(' ')}: ${text.trim()}`);
    return { code, result: JSON.parse(text.slice(from)) as Result };
  }

  /** Deletes the topics of changes with all their records. */
  async loseTopics(): Promise<void> {
    await withAdmin(this.brokers, async (admin) => {
      await admin.deleteTopics({ topics: TOPICS.map((name) => topicOf(name)) });
      for (const deadline = Date.now() + 30_000; Date.now() < deadline;) {
        const names = await admin.listTopics();
        if (!TOPICS.some((name) => names.includes(topicOf(name)))) return;
      }
      throw new Error('The topics were not deleted.');
    });
  }

  async query<Row extends object>(app: 'gateway' | 'auth', text: string): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.urls[app] });
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.gateway.kill(), this.auth.kill()]);
    await this.postgres.auth.server.stop('SIGQUIT');
  }

  private app(kind: AppKind): AppProcess {
    return new AppProcess(mainScript(kind, this.environments[kind]), this.host);
  }
}
