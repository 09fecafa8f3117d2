import { CONNECTIONS, CONTACTS, SEED, type Round } from './load.js';
import { PARTS, type Part } from './cpu.js';
import type { MeasuredRound, Measurements } from './run.js';
import { median, percentile } from './statistics.js';

/** The figures of a run, as a table for people. */
export function report({ gateway, bare, backlogs, loginLatenciesMs }: Measurements): string {
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
    `Events that waited for the relay when a gateway round ended: ${median(backlogs)}`,
    '',
    `From the HTTP answer to the login changed in the auth app, ${loginLatenciesMs.length} changes`,
    `p50 ${percentile(loginLatenciesMs, 0.5).toFixed(1)} ms   p99 ${percentile(loginLatenciesMs, 0.99).toFixed(1)} ms`,
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

/** CPU µs an update of an app and PostgreSQL together, the median of the rounds. */
export const cpuOf = (rounds: readonly MeasuredRound[], app: 'gateway' | 'bare'): number =>
  median(rounds.map(({ cpu, latenciesMs }) => (cpu ? (cpu[app] + cpu.postgres) / latenciesMs.length : NaN)));
