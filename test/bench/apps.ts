import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, lastLines, startChild, stopPlan, type RunningChild, type Watchdog } from '#app/system';
import { generateSealingKeys, type KeySet } from '#app/credentials';
import { exportJWK, generateKeyPair } from 'jose';
import type { Servers } from './servers.js';

const BUILT = resolve(import.meta.dirname, '../..');
const READY_TIMEOUT_MS = 30_000;

/** The processes under measurement. */
export interface RunningApps {
  gatewayPort: number;
  authPort: number;
  barePort: number;
  apiToken: string;
  /** Fills the gateway's database, which may have contacts already, with more of them. */
  addContacts: (count: number) => Promise<void>;
  /** What credentials are sealed with. */
  publicKeys: KeySet;
  /** Runs a step of the auth app's rebuild. @returns what it says in the end */
  rebuildAuth: (step: 'prepare' | 'swap') => Promise<RebuildSaid>;
}

/** The result of a step of a rebuild. */
export interface RebuildSaid {
  seconds: number;
  heldMs: number;
  records: { applied: number };
  comparison: { same: number };
}

/** Starts built scripts as processes of their own. */
class Scripts {
  constructor(
    private readonly folder: string,
    private readonly watchdog: Watchdog,
  ) {}

  start(name: string, script: string, env: NodeJS.ProcessEnv, args: string[] = []): Promise<RunningChild> {
    const file = join(BUILT, script);
    return startChild(
      {
        ...{ name, command: process.execPath, args: [file, ...args], env: { NODE_ENV: 'production', ...env }, marker: file },
        ...{ logFile: this.logOf(name), pidFile: join(this.folder, `${name}.json`), plan: stopPlan('SIGTERM', 4_000), rank: 1 },
      },
      this.watchdog,
    );
  }

  async runToEnd(name: string, script: string, env: NodeJS.ProcessEnv, args: string[] = []): Promise<void> {
    const { code } = await (await this.start(name, script, env, args)).exited;
    if (code !== 0) throw new Error(`${name} failed.\n${this.lastWords(name)}`);
  }

  async untilAnswers(name: string, { exited }: RunningChild, url: string): Promise<void> {
    let ended = false;
    void exited.then(() => (ended = true));
    for (const deadline = Date.now() + READY_TIMEOUT_MS; !ended && Date.now() < deadline; await sleep(50)) {
      const response = await fetch(url).catch(() => undefined);
      await response?.body?.cancel();
      if (response && response.status < 500) return;
    }
    throw new Error(`${name} does not answer.\n${this.lastWords(name)}`);
  }

  /** The last line that a script printed, which is JSON. */
  resultOf(name: string): { result: unknown } {
    return JSON.parse(lastLines(readFileSync(this.logOf(name), 'utf8'), 1)) as { result: unknown };
  }

  private lastWords(name: string): string {
    return lastLines(readFileSync(this.logOf(name), 'utf8'), 8);
  }

  private logOf(name: string): string {
    return join(this.folder, `${name}.log`);
  }
}

/** Runs both set-ups, then starts the gateway, the auth app and the bare handler, and waits until all answer. */
export async function startApps(servers: Servers, folder: string, watchdog: Watchdog): Promise<RunningApps> {
  const scripts = new Scripts(folder, watchdog);
  const [gatewayPort, authPort, barePort] = [await freePort(), await freePort(), await freePort()];
  const apiToken = randomBytes(32).toString('base64url');
  const { gateway, auth, publicKeys } = await environments(servers, { gatewayPort, authPort });
  await Promise.all([
    scripts.runToEnd('gateway-set-up', 'apps/gateway/src/set-up.js', { ...gateway, API_TOKEN: apiToken }),
    scripts.runToEnd('auth-set-up', 'apps/auth/src/set-up.js', auth),
  ]);
  const [gatewayChild, authChild, bareChild] = await Promise.all([
    scripts.start('gateway', 'apps/gateway/src/main.js', gateway),
    scripts.start('auth', 'apps/auth/src/main.js', auth),
    scripts.start('bare', 'test/bench/bare-handler.js', {}, [String(barePort), servers.bareDatabaseUrl]),
  ]);
  await Promise.all([
    scripts.untilAnswers('gateway', gatewayChild, `http://127.0.0.1:${gatewayPort}/health/ready`),
    scripts.untilAnswers('auth', authChild, `http://127.0.0.1:${authPort}/health/ready`),
    scripts.untilAnswers('bare', bareChild, `http://127.0.0.1:${barePort}/`),
  ]);
  const addContacts = (count: number): Promise<void> =>
    scripts.runToEnd('seed', 'apps/local/src/seed.js', gateway, ['--add', '--contacts', String(count)]);
  const rebuildAuth = async (step: string): Promise<RebuildSaid> => {
    await scripts.runToEnd(`rebuild-${step}`, 'apps/auth/src/rebuild.js', auth, [step]);
    return scripts.resultOf(`rebuild-${step}`).result as RebuildSaid;
  };
  return { gatewayPort, authPort, barePort, apiToken, addContacts, publicKeys, rebuildAuth };
}

async function environments(
  servers: Servers,
  ports: { gatewayPort: number; authPort: number },
): Promise<{ gateway: NodeJS.ProcessEnv; auth: NodeJS.ProcessEnv; publicKeys: KeySet }> {
  const { publicKeys, privateKeys } = await generateSealingKeys('bench-seal');
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const signingKey = { ...(await exportJWK(privateKey)), kid: 'bench-sign', use: 'sig', alg: 'ES256' };
  const shared = { KAFKA_BROKERS: servers.broker, UV_THREADPOOL_SIZE: '8' };
  return {
    publicKeys,
    gateway: {
      ...{ ...shared, GATEWAY_PORT: String(ports.gatewayPort), GATEWAY_DATABASE_URL: servers.gatewayDatabaseUrl },
      ...{ GATEWAY_SECRET: randomBytes(32).toString('base64url'), CREDENTIAL_PUBLIC_KEYS: JSON.stringify(publicKeys) },
      ...{ API_RATE_LIMIT: '0' },
    },
    auth: {
      ...{ ...shared, AUTH_PORT: String(ports.authPort), AUTH_DATABASE_URL: servers.authDatabaseUrl },
      ...{ CREDENTIAL_PRIVATE_KEYS: JSON.stringify(privateKeys), TOKEN_SIGNING_KEYS: JSON.stringify({ keys: [signingKey] }) },
      // Failed sign-ins are what is measured: none is turned away for their number.
      ...{ LOGIN_ATTEMPTS_PER_EMAIL: '1000', LOGIN_ATTEMPTS_PER_ADDRESS: '100000' },
    },
  };
}
