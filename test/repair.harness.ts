import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { COMPILE_CACHE } from '#app/system';
import { eventually, runScript, testServers, type CommandEnd } from '#app/system/testing';
import pg from 'pg';
import { startTool } from '../apps/events/src/tool.fixtures.js';
import { AuthWorld, type RunningAuth } from './auth.harness.js';
import { TestGateway } from './gateway.harness.js';

/** Gateway and auth app on the same topics, and the built events tool. */
export class RepairWorld {
  /** The running gateway: the first one, or the one that was started after it. */
  running: TestGateway;
  private unique = 0;

  private constructor(
    readonly auths: AuthWorld,
    readonly gateway: TestGateway,
    public auth: RunningAuth,
  ) {
    this.running = gateway;
  }

  static async create(authSettings: Record<string, string> = {}): Promise<RepairWorld> {
    const auths = await AuthWorld.create();
    const gateway = await TestGateway.start({
      TOPIC_PREFIX: auths.topicPrefix,
      CREDENTIAL_PUBLIC_KEYS: JSON.stringify(auths.keys.publicKeys),
    });
    const auth = await auths.start({ ...authSettings, LOGIN_ATTEMPTS_PER_ADDRESS: '10000' });
    return new RepairWorld(auths, gateway, auth);
  }

  async close(): Promise<void> {
    if (this.running !== this.gateway) await this.running.stop();
    await this.gateway.stop();
    await this.auths.close();
  }

  /** Starts another gateway on the same database and topics, after the running one was halted. */
  async restartGateway(changes: Parameters<TestGateway['replica']>[0] = {}): Promise<void> {
    this.running = await this.gateway.replica(changes);
  }

  address(): string {
    return `repair${++this.unique}@example.com`;
  }

  /** A contact whose login the auth app has applied. */
  async loginOf(password: string, email = this.address(), gateway = this.gateway): Promise<{ id: number; email: string }> {
    const { id } = await gateway.createContact({ email, password });
    await this.auth.reaches(Number(id), 1);
    return { id: Number(id), email };
  }

  /** Runs `npm run events -- …` in this process; the apps' tasks that it starts are processes. */
  events(args: string, settings: Record<string, string> = {}): Promise<CommandEnd> {
    return startTool(this.settings(settings), args.split(' ')).ended;
  }

  /** The newest command of an operator in the gateway's audit trail, of this name. */
  async lastCommand(name: string): Promise<{ actor: string; target: string | null; details: any } | undefined> {
    const { rows } = await this.gateway.sql.query(
      'select actor, target, details from audit_entry where action = $1 order by id desc limit 1',
      [`operator.${name}`],
    );
    return rows[0];
  }

  /** Runs the built program of `npm run events -- …`. */
  program(args: string): Promise<CommandEnd> {
    return runScript('apps/events/src/main.js', args.split(' '), this.settings());
  }

  /** Kills `resync` once one row has a version of the topics, while it waits for another one that is locked. */
  async killResync(table: 'contact' | 'company', lockedId: number, raised: { id: number; version: number }): Promise<void> {
    const holder = new pg.Client({ connectionString: this.gateway.databaseUrl });
    await holder.connect();
    await holder.query('begin');
    await holder.query(`select from ${table} where id = $1 for update`, [lockedId]);
    const start = () =>
      spawn(process.execPath, ['dist/apps/gateway/src/repair.js', 'resync'], { env: this.settings(), stdio: 'ignore' });
    let resync = start();
    try {
      await eventually(
        async () => {
          // It ends where a busy machine connects too slowly.
          if (resync.exitCode !== null) resync = start();
          const { rows } = await holder.query(`select version from ${table} where id = $1`, [raised.id]);
          if (Number(rows[0].version) !== raised.version) throw new Error(`Version ${rows[0].version}.`);
        },
        { timeoutMs: 60_000 },
      );
    } finally {
      const ended = resync.exitCode === null ? once(resync, 'exit') : undefined;
      resync.kill('SIGKILL');
      await ended;
      await holder.end();
    }
  }

  /** Runs one step of `rebuild auth` alone. */
  rebuild(step: 'prepare' | 'swap', privateKeys: string): Promise<CommandEnd> {
    return runScript('apps/auth/src/rebuild.js', [step], this.settings({ CREDENTIAL_PRIVATE_KEYS: privateKeys }));
  }

  private settings(changes: Record<string, string> = {}): Record<string, string> {
    const { gateway, auths } = this;
    return {
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      ...auths.environment(),
      GATEWAY_DATABASE_URL: gateway.databaseUrl,
      CREDENTIAL_PUBLIC_KEYS: JSON.stringify(auths.keys.publicKeys),
      ...changes,
    };
  }

  /** Runs a command that prints one JSON object. */
  async eventsJson(args: string, settings: Record<string, string> = {}): Promise<{ code: number | null; result: any }> {
    const { out, err, code } = await this.events(`${args} --json`, settings);
    if (!out.startsWith('{')) throw new Error(`${args} ended with ${code}: ${out}${err}`);
    return { code, result: JSON.parse(out) };
  }
}

/** Copies a database as a backup does: all bytes, with no open session. */
export async function copyDatabase(from: string, to: string): Promise<void> {
  const admin = new pg.Client({ connectionString: testServers().adminUrl });
  await admin.connect();
  try {
    await admin.query(`drop database if exists ${to} with (force)`);
    await admin.query(`create database ${to} template ${from} owner contact_sync_test`);
  } finally {
    await admin.end();
  }
}

export async function dropDatabase(name: string): Promise<void> {
  const admin = new pg.Client({ connectionString: testServers().adminUrl });
  await admin.connect();
  await admin.query(`drop database if exists ${name} with (force)`).finally(() => admin.end());
}
