import { CONNECTIONS, CONTACTS, type Round } from './load.js';
import type { Measurements } from './run.js';
import { median, percentile } from './statistics.js';

/** The figures of a run, as a table for people. */
export function report({ gateway, bare, backlogs, loginLatenciesMs }: Measurements): string {
  const ratios = gateway.map((round, index) => round.updatesPerSecond / bare[index]!.updatesPerSecond);
  const ratio = rateOf(gateway) / rateOf(bare);
  return [
    '',
    `Updates of ${CONTACTS} contacts over ${CONNECTIONS} connections, medians of ${gateway.length} alternating rounds`,
    row('', 'updates/s', 'p50 ms', 'p99 ms'),
    roundsRow('gateway', gateway),
    roundsRow('bare fastify + pg', bare),
    `gateway / bare: ${ratio.toFixed(2)} ×   (pair by pair ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)} ×)`,
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
