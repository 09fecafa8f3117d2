import { CONTACTS } from './changes.js';
import { COMMITTED } from './committed.js';
import { latencyReport } from './latency-report.js';
import { CONNECTIONS, SEED, type Round } from './load.js';
import { PARTS, type Part } from './cpu.js';
import type { GatewayRound, MeasuredRound, Measurements } from './run.js';
import { median, percentile } from './statistics.js';

/** The figures of a run, as a table for people. */
export function report({ gateway, bare, single, backlogs, login }: Measurements): string {
  const ratios = gateway.map((round, index) => round.updatesPerSecond / bare[index]!.updatesPerSecond);
  const ratio = rateOf(gateway) / rateOf(bare);
  return [
    '',
    `Updates of ${CONTACTS} contacts over ${CONNECTIONS} connections, medians of ${gateway.length} alternating rounds, seed ${SEED}`,
    row('', 'updates/s', 'p50 ms', 'p99 ms'),
    roundsRow('gateway', gateway),
    roundsRow('bare fastify + pg', bare),
    `gateway / bare: ${ratio.toFixed(2)} ×   (pair by pair ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)} ×)`,
    '',
    ...cpuTable(gateway, bare),
    batchesLine(gateway),
    `Events that waited for the relay when a gateway round ended: ${median(backlogs)}`,
    '',
    `WAL bytes an update: gateway ${walOf(gateway)}, bare ${walOf(bare)}`,
    `One connection: p50 ${p50Of(single.gateway)} ms, bare ${p50Of(single.bare)} ms`,
    '',
    ...latencyReport(login),
  ].join('\n');
}

function roundsRow(name: string, rounds: Round[]): string {
  const latencies = rounds.flatMap(({ latenciesMs }) => latenciesMs);
  return row(name, rateOf(rounds).toFixed(0), percentile(latencies, 0.5).toFixed(1), percentile(latencies, 0.99).toFixed(1));
}

const rateOf = (rounds: Round[]): number => median(rounds.map(({ updatesPerSecond }) => updatesPerSecond));

const row = (name: string, ...cells: string[]): string => name.padEnd(20) + cells.map((cell) => cell.padStart(11)).join('');

/** CPU µs an update of each part, medians of the rounds, until the events of a round are published. */
function cpuTable(gateway: readonly MeasuredRound[], bare: readonly MeasuredRound[]): string[] {
  const perUpdate = (rounds: readonly MeasuredRound[], part: Part): number =>
    median(rounds.map(({ cpu, latenciesMs }) => (cpu ? cpu[part] / latenciesMs.length : NaN)));
  const cells = (rounds: readonly MeasuredRound[]) => PARTS.map((part) => perUpdate(rounds, part).toFixed(0));
  const ratio = cpuOf(gateway, 'gateway') / cpuOf(bare, 'bare');
  return [
    'CPU µs an update, medians',
    row('', ...PARTS),
    row('gateway', ...cells(gateway)),
    row('bare fastify + pg', ...cells(bare)),
    `gateway + postgres / bare + postgres: ${ratio.toFixed(2)} ×`,
    '',
  ];
}

function batchesLine(rounds: readonly GatewayRound[]): string {
  const of = (valueOf: (round: GatewayRound) => number): string => median(rounds.map(valueOf)).toFixed(1);
  const updates = of(({ latenciesMs, batches }) => latenciesMs.length / batches.transactions);
  const statements = of(({ batches }) => batches.statements / batches.transactions);
  const roundTrips = of(({ batches }) => batches.roundTrips / batches.transactions);
  return `A batch: ${updates} updates, ${statements} statements, ${roundTrips} round trips`;
}

const walOf = (rounds: readonly MeasuredRound[]): string =>
  median(rounds.map(({ walBytes, latenciesMs }) => walBytes / latenciesMs.length)).toFixed(0);

const p50Of = ({ latenciesMs }: Round): string => percentile(latenciesMs, 0.5).toFixed(1);

/** How far the CPU multiple of a run may be above the committed one. */
const TOLERANCE = 1.15;

/** Whether gateway and PostgreSQL cost an update more than the committed multiple of the rival's CPU allows, and what to say of it. */
export function checkCpu({ gateway, bare }: Measurements): { passes: boolean; line: string } {
  const multiples = gateway.map((round, index) => cpuOf([round], 'gateway') / cpuOf([bare[index]!], 'bare'));
  const multiple = median(multiples);
  const limit = COMMITTED.cpuMultiple * TOLERANCE;
  const passes = multiple <= limit;
  const said = `CPU ${multiple.toFixed(2)} × the bare handler's, the median of ${multiples.length}; ${COMMITTED.cpuMultiple} × is committed`;
  return { passes, line: `${said}, the limit is ${limit.toFixed(2)} ×: ${passes ? 'passed' : 'FAILED'}` };
}

/** CPU µs an update of an app and PostgreSQL together, the median of the rounds. */
export const cpuOf = (rounds: readonly MeasuredRound[], app: 'gateway' | 'bare'): number =>
  median(rounds.map(({ cpu, latenciesMs }) => (cpu ? (cpu[app] + cpu.postgres) / latenciesMs.length : NaN)));
