import {
  AppProcess,
  brokerList,
  freePort,
  mainScript,
  makeSecrets,
  productionEnvironment,
  setUpScript,
  startServers,
  type AppKind,
  type AppScript,
  type ProcessHost,
  type Servers,
  type SystemSecrets,
} from '#app/system';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { relayStateOf } from '../../faults/system/system.js';

/** A release of the apps: the former one, or this one. */
export type Release = 'former' | 'current';

/** A process of an app of one release, which runs or not. */
export interface Member {
  kind: AppKind;
  release: Release;
  app: AppProcess;
}

/** Two releases of how many processes of each app run in a step. */
export type Formation = Readonly<Record<AppKind, readonly Release[]>>;

const LEADER_WITHIN_MS = 30_000;
const EACH = 2;

/** Servers, and two processes of each app of each release, on one database and one set of topics. */
export class MixedSystem {
  readonly gateways: Member[] = [];
  readonly auths: Member[] = [];
  readonly sql: { gateway: pg.Pool; auth: pg.Pool };

  private constructor(
    readonly servers: Servers,
    readonly urls: Readonly<Record<AppKind, string>>,
    readonly secrets: SystemSecrets,
    private readonly formerBuilt: string,
    private readonly host: ProcessHost,
  ) {
    const pool = (connectionString: string): pg.Pool => new pg.Pool({ connectionString, max: 3 });
    this.sql = { gateway: pool(urls.gateway), auth: pool(urls.auth) };
    for (const each of Object.values(this.sql)) each.on('error', () => undefined);
  }

  static async start(host: ProcessHost, formerBuilt: string): Promise<MixedSystem> {
    const servers = await startServers(host, { durable: true });
    const { postgres } = servers;
    const urls = { gateway: await postgres.database('drill_gateway'), auth: await postgres.database('drill_auth') };
    const system = new MixedSystem(servers, urls, await makeSecrets(), formerBuilt, host);
    for (const release of ['former', 'current'] as const)
      for (let at = 1; at <= EACH; at++) {
        system.gateways.push(await system.member('gateway', release, at));
        system.auths.push(await system.member('auth', release, at));
      }
    return system;
  }

  get members(): Member[] {
    return [...this.gateways, ...this.auths];
  }

  get brokers(): string[] {
    return this.servers.brokers.map(({ address }) => address);
  }

  /** Runs both set-ups of a release, as an operator does before its apps. */
  async setUp(release: Release): Promise<void> {
    await Promise.all(
      (['gateway', 'auth'] as const).map((kind) => {
        const env = { ...this.environment(kind), ...(kind === 'gateway' ? { API_TOKEN: this.secrets.apiToken } : {}) };
        return this.process(setUpScript(kind, env, { name: `${release} ${kind} set-up` }), release).runToEnd();
      }),
    );
  }

  /** Starts and ends processes, one after the other, until exactly these run: the new ones serve before the others end. */
  async take(formation: Formation): Promise<void> {
    for (const kind of ['gateway', 'auth'] as const) {
      const wanted = this.wanted(kind, formation[kind]);
      for (const { app } of wanted) if (!app.isRunning) await app.startUntilReady();
      const others = (kind === 'gateway' ? this.gateways : this.auths).filter((member) => !wanted.includes(member));
      for (const { app } of others) await app.terminate();
    }
  }

  /** Has a gateway of this release publish: as long as one of the other publishes, it is restarted, and hands the lease over. */
  async havePublish(release: Release): Promise<void> {
    for (const deadline = Date.now() + LEADER_WITHIN_MS; ;) {
      const leader = await this.leader();
      if (leader?.release === release) return;
      if (Date.now() > deadline) throw new Error(`No gateway of the ${release} release publishes.`);
      if (leader) {
        await leader.app.terminate();
        await sleep(1_000);
        await leader.app.startUntilReady();
      } else await sleep(200);
    }
  }

  /** The gateway that publishes. */
  async leader(): Promise<Member | undefined> {
    const states = await Promise.all(this.gateways.map(({ app }) => relayStateOf(app)));
    return this.gateways[states.findIndex((state) => state === 'publishing' || state === 'retrying')];
  }

  /** Runs `verify` of this release's operators' tool. @returns its output, and whether it found no difference */
  async verify(): Promise<{ output: string; isEqual: boolean }> {
    const env = {
      KAFKA_BROKERS: brokerList(this.servers.brokers),
      GATEWAY_DATABASE_URL: this.urls.gateway,
      AUTH_DATABASE_URL: this.urls.auth,
    };
    const tool = this.process({ name: 'verify', script: 'apps/events/src/main.js', args: ['verify', '--json'], env }, 'current');
    const { exited } = await tool.start({ mayEnd: true });
    const { code } = await exited;
    return { output: tool.output, isEqual: code === 0 };
  }

  async close(): Promise<void> {
    await Promise.all(this.members.map(({ app }) => app.kill()));
    await Promise.allSettled(Object.values(this.sql).map((pool) => pool.end()));
  }

  private wanted(kind: AppKind, releases: readonly Release[]): Member[] {
    const free = [...(kind === 'gateway' ? this.gateways : this.auths)];
    return releases.map(
      (release) =>
        free.splice(
          free.findIndex((member) => member.release === release),
          1,
        )[0]!,
    );
  }

  private async member(kind: AppKind, release: Release, at: number): Promise<Member> {
    const port = await freePort();
    const script = mainScript(kind, this.environment(kind, port), { name: `${release}-${kind}-${at}` });
    return { kind, release, app: this.process(script, release) };
  }

  private environment(kind: AppKind, port?: number): Record<string, string> {
    const settings = { ...this.secrets, databaseUrl: this.urls[kind], brokers: brokerList(this.servers.brokers) };
    return productionEnvironment(kind, { ...settings, ...(port === undefined ? {} : { port }) });
  }

  private process(script: AppScript, release: Release): AppProcess {
    return new AppProcess({ ...script, ...(release === 'former' ? { built: this.formerBuilt } : {}) }, this.host);
  }
}
