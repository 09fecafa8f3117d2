import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuBetween, cpuTimes, type CpuTimes } from './cpu.js';
import { runRound, type Round, type Target } from './load.js';
import { measureLogins } from './login-latency.js';
import type { RoundOptions } from './options.js';
import { emptyBareOutbox, seedBare, seedGateway, waitingEvents } from './seed.js';
import type { Bench } from './system.js';

const WARM_UP_SECONDS = 3;
const DRAIN_MS = 60_000;

/** A round, and the CPU time of all parts until its events are published. */
export interface MeasuredRound extends Round {
  /** Undefined where the system has no `/proc`. */
  cpu: CpuTimes | undefined;
}

/** Figures of a run. */
export interface Measurements {
  gateway: MeasuredRound[];
  bare: MeasuredRound[];
  /** Events that waited for the relay when a gateway round ended. */
  backlogs: number[];
  loginLatenciesMs: number[];
}

/** Measures updates of both by turns, and then the time of login changes to the auth app. */
export async function measure(options: RoundOptions, bench: Bench): Promise<Measurements> {
  const { say } = bench;
  const [load = 0] = loadavg();
  say(
    `${availableParallelism()} cores, load ${load.toFixed(1)}${load > 0.5 ? ': something else is at work here, and figures will be lower' : ''}`,
  );
  await Promise.all([seedGateway(bench.gatewayDatabaseUrl), seedBare(bench.bareDatabaseUrl)]);
  const { gateway, bare } = targets(bench);
  const measured: Measurements = { gateway: [], bare: [], backlogs: [], loginLatenciesMs: [] };

  say(`Warming up, ${WARM_UP_SECONDS} s each …`);
  await gatewayRound(gateway, WARM_UP_SECONDS, bench);
  await bareRound(bare, WARM_UP_SECONDS, bench);
  for (let round = 1; round <= options.rounds; round++) {
    const { result, backlog } = await gatewayRound(gateway, options.seconds, bench);
    measured.gateway.push(result);
    measured.backlogs.push(backlog);
    measured.bare.push(await bareRound(bare, options.seconds, bench));
    const [ours, theirs] = [measured.gateway, measured.bare].map((rounds) => Math.round(rounds.at(-1)!.updatesPerSecond));
    const [ourCpu, theirCpu] = [cpuPerUpdate(measured.gateway.at(-1)!, 'gateway'), cpuPerUpdate(measured.bare.at(-1)!, 'bare')];
    say(
      `Round ${round} of ${options.rounds}: gateway ${ours}, bare ${theirs} updates/s; CPU with PostgreSQL ${ourCpu}, ${theirCpu} µs an update`,
    );
  }
  say(`Timing ${options.logins} changes of logins …`);
  measured.loginLatenciesMs = await measureLogins(gateway, bench.authDatabaseUrl, options.logins);
  return measured;
}

const targets = ({ gatewayPort, barePort, apiToken: token }: Bench): { gateway: Target; bare: Target } => ({
  gateway: { name: 'The gateway', port: gatewayPort, path: '/external/api/v1/contacts', token },
  bare: { name: 'The bare handler', port: barePort, path: '/contacts', token },
});

/** Publishes the events of a round before the next one starts, so that the relay takes no CPU from the bare handler. */
async function gatewayRound(
  gateway: Target,
  seconds: number,
  { gatewayDatabaseUrl }: Bench,
): Promise<{ result: MeasuredRound; backlog: number }> {
  const before = cpuTimes();
  const result = await runRound(gateway, seconds);
  const backlog = await waitingEvents(gatewayDatabaseUrl);
  const deadline = Date.now() + DRAIN_MS;
  while ((await waitingEvents(gatewayDatabaseUrl)) > 0) {
    if (Date.now() > deadline) throw new Error(`The relay has not published a round's events within ${DRAIN_MS / 1_000} s.`);
    await sleep(50);
  }
  return { result: { ...result, cpu: usedSince(before) }, backlog };
}

async function bareRound(bare: Target, seconds: number, { bareDatabaseUrl }: Bench): Promise<MeasuredRound> {
  const before = cpuTimes();
  const result = await runRound(bare, seconds);
  const cpu = usedSince(before);
  await emptyBareOutbox(bareDatabaseUrl);
  return { ...result, cpu };
}

function usedSince(before: CpuTimes | undefined): CpuTimes | undefined {
  const after = cpuTimes();
  return before && after && cpuBetween(before, after);
}

const cpuPerUpdate = ({ cpu, latenciesMs }: MeasuredRound, app: 'gateway' | 'bare'): string =>
  cpu ? `${Math.round(cpu[app] / latenciesMs.length)} + ${Math.round(cpu.postgres / latenciesMs.length)}` : '?';
