import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Watchdog } from '#app/system';
import { startApps, type RunningApps } from './apps.js';
import { runRound, type Round, type Target } from './load.js';
import { measureLogins } from './login-latency.js';
import type { Options } from './options.js';
import { emptyBareOutbox, seedBare, seedGateway, waitingEvents } from './seed.js';
import { startServers, type Servers } from './servers.js';

const WARM_UP_SECONDS = 3;
const DRAIN_MS = 60_000;

/** What a run has measured. */
export interface Measurements {
  gateway: Round[];
  bare: Round[];
  /** Events that waited for the relay when a gateway round ended. */
  backlogs: number[];
  loginLatenciesMs: number[];
}

/** Starts everything, measures, and says on the way what it does. */
export async function measure(
  options: Options,
  folder: string,
  watchdog: Watchdog,
  say: (line: string) => void,
): Promise<Measurements> {
  const [load = 0] = loadavg();
  say(
    `${availableParallelism()} cores, load ${load.toFixed(1)}${load > 0.5 ? ': something else is at work here, and figures will be lower' : ''}`,
  );
  say('Starting PostgreSQL and Kafka …');
  const servers = await startServers(folder, watchdog);
  say('Setting up, starting gateway, auth app and bare handler …');
  const apps = await startApps(servers, folder, watchdog);
  await Promise.all([seedGateway(servers.gatewayDatabaseUrl), seedBare(servers.bareDatabaseUrl)]);
  const { gateway, bare } = targets(apps);
  const measured: Measurements = { gateway: [], bare: [], backlogs: [], loginLatenciesMs: [] };

  say(`Warming up, ${WARM_UP_SECONDS} s each …`);
  await gatewayRound(gateway, WARM_UP_SECONDS, servers);
  await bareRound(bare, WARM_UP_SECONDS, servers);
  for (let round = 1; round <= options.rounds; round++) {
    const { result, backlog } = await gatewayRound(gateway, options.seconds, servers);
    measured.gateway.push(result);
    measured.backlogs.push(backlog);
    measured.bare.push(await bareRound(bare, options.seconds, servers));
    const [ours, theirs] = [measured.gateway, measured.bare].map((rounds) => Math.round(rounds.at(-1)!.updatesPerSecond));
    say(`Round ${round} of ${options.rounds}: gateway ${ours}, bare ${theirs} updates/s`);
  }
  say(`Timing ${options.logins} changes of logins …`);
  measured.loginLatenciesMs = await measureLogins(gateway, servers.authDatabaseUrl, options.logins);
  return measured;
}

const targets = ({ gatewayPort, barePort, apiToken: token }: RunningApps): { gateway: Target; bare: Target } => ({
  gateway: { name: 'The gateway', port: gatewayPort, path: '/external/api/v1/contacts', token },
  bare: { name: 'The bare handler', port: barePort, path: '/contacts', token },
});

/** The events of a round are published before the next one begins: the relay takes nothing from the rival. */
async function gatewayRound(gateway: Target, seconds: number, servers: Servers): Promise<{ result: Round; backlog: number }> {
  const result = await runRound(gateway, seconds);
  const backlog = await waitingEvents(servers.gatewayDatabaseUrl);
  const deadline = Date.now() + DRAIN_MS;
  while ((await waitingEvents(servers.gatewayDatabaseUrl)) > 0) {
    if (Date.now() > deadline) throw new Error(`The relay has not published a round's events within ${DRAIN_MS / 1_000} s.`);
    await sleep(50);
  }
  return { result, backlog };
}

async function bareRound(bare: Target, seconds: number, servers: Servers): Promise<Round> {
  const result = await runRound(bare, seconds);
  await emptyBareOutbox(servers.bareDatabaseUrl);
  return result;
}
