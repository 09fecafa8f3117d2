import { COMMITTED } from './committed.js';
import { latencyReport } from './latency-report.js';
import { CONNECTIONS, SEED, type Round } from './load.js';
import { PARTS, type Part } from './cpu.js';
import type { GatewayRound, MeasuredRound, Measurements } from './run.js';
import { median, percentile } from './statistics.js';

/** The figures of a run, as a table for people. */
export function report({ contacts, gateway, bare, single, backlogs, login }: Measurements): string {
  return [
    '',
    `Updates of ${contacts.toLocaleString('en')} contacts over ${CONNECTIONS} connections, medians of ${gateway.length} alternating rounds, seed ${SEED}`,
    row('', 'updates/s', 'p50 ms', 'p99 ms'),
    roundsRow('gateway', gateway),
    roundsRow('bare fastify + pg', bare),
    `gateway / bare: updates/s ${multiple(gateway, bare, ({ updatesPerSecond }) => updatesPerSecond)}; p99 ${multiple(gateway, bare, p99Of)}`,
    '',
    ...cpuTable(gateway, bare),
    batchesLine(gateway),
    `Events that waited for the relay when a gateway round ended: ${median(backlogs)}`,
    '',
    `WAL bytes an update: gateway ${walOf(gateway)}, bare ${walOf(bare)}`,
    `One connection: p50 ${median(single.gateway.map(p50Of)).toFixed(2)} ms, bare ${median(single.bare.map(p50Of)).toFixed(2)} ms: ${multiple(single.gateway, single.bare, p50Of)}`,
    '',
    ...latencyReport(login),
  ].join('\n');
}

function roundsRow(name: string, rounds: Round[]): string {
  const latencies = rounds.flatMap(({ latenciesMs }) => latenciesMs);
  return row(name, rateOf(rounds).toFixed(0), percentile(latencies, 0.5).toFixed(1), percentile(latencies, 0.99).toFixed(1));
}

type ValueOf<R extends Round> = (round: R, app: 'gateway' | 'bare') => number;

/** Each gateway round as a multiple of the bare handler's that follows it: a machine that becomes slower changes both. */
const pairsOf = <R extends Round>(gateway: readonly R[], bare: readonly R[], valueOf: ValueOf<R>): number[] =>
  gateway.map((round, index) => valueOf(round, 'gateway') / valueOf(bare[index]!, 'bare'));

/** The median of the pairs, and how far they reach. */
function multiple<R extends Round>(gateway: readonly R[], bare: readonly R[], valueOf: ValueOf<R>): string {
  const pairs = pairsOf(gateway, bare, valueOf);
  return `${median(pairs).toFixed(2)} × (pair by pair ${Math.min(...pairs).toFixed(2)} to ${Math.max(...pairs).toFixed(2)})`;
}

/** Updates a second, the median of the rounds. */
export const rateOf = (rounds: Round[]): number => median(rounds.map(({ updatesPerSecond }) => updatesPerSecond));

/** A line of a table: its name, then its cells, aligned right. */
export const row = (name: string, ...cells: string[]): string =>
  name.padEnd(20) + cells.map((cell) => cell.padStart(11)).join('');

/** CPU µs an update of each part, medians of the rounds, until the events of a round are published. */
function cpuTable(gateway: readonly MeasuredRound[], bare: readonly MeasuredRound[]): string[] {
  const perUpdate = (rounds: readonly MeasuredRound[], part: Part): number =>
    median(rounds.map(({ cpu, latenciesMs }) => (cpu ? cpu[part] / latenciesMs.length : NaN)));
  const cells = (rounds: readonly MeasuredRound[]) => PARTS.map((part) => perUpdate(rounds, part).toFixed(0));
  return [
    'CPU µs an update, medians',
    row('', ...PARTS),
    row('gateway', ...cells(gateway)),
    row('bare fastify + pg', ...cells(bare)),
    `gateway + postgres / bare + postgres: ${multiple(gateway, bare, cpuPerUpdate)}`,
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

const p50Of = ({ latenciesMs }: Round): number => percentile(latenciesMs, 0.5);
const p99Of = ({ latenciesMs }: Round): number => percentile(latenciesMs, 0.99);

/** How far the CPU multiple of a run may be above the committed one. */
const TOLERANCE = 1.15;

/** Whether gateway and PostgreSQL cost an update more than the committed multiple of the rival's CPU allows, and what to say of it. */
export function checkCpu({ gateway, bare }: Measurements): { passes: boolean; line: string } {
  const pairs = pairsOf<MeasuredRound>(gateway, bare, cpuPerUpdate);
  const measured = median(pairs);
  const limit = COMMITTED.cpuMultiple * TOLERANCE;
  const passes = measured <= limit;
  const said = `CPU ${measured.toFixed(2)} × the bare handler's, the median of ${pairs.length} pairs; ${COMMITTED.cpuMultiple} × is committed`;
  return { passes, line: `${said}, the limit is ${limit.toFixed(2)} ×: ${passes ? 'passed' : 'FAILED'}` };
}

/** CPU µs an update of an app and PostgreSQL together. */
const cpuPerUpdate = ({ cpu, latenciesMs }: MeasuredRound, app: 'gateway' | 'bare'): number =>
  cpu ? (cpu[app] + cpu.postgres) / latenciesMs.length : NaN;
