import { CONNECTIONS, CONTACTS, type Round } from './load.js';
import type { Measurements } from './run.js';
import { median, percentile } from './statistics.js';

/** The figures of a run, as a table for people. */
export function report({ gateway, bare, backlogs, loginLatenciesMs }: Measurements): string {
  const [ours, theirs] = [gateway, bare].map((rounds) => median(rounds.map(({ updatesPerSecond }) => updatesPerSecond)));
  return [
    '',
    `Updates of ${CONTACTS} contacts over ${CONNECTIONS} connections, medians of ${gateway.length} alternating rounds`,
    row('', 'updates/s', 'p50 ms', 'p99 ms'),
    roundsRow('gateway', gateway),
    roundsRow('bare fastify + pg', bare),
    `gateway / bare: ${(ours! / theirs!).toFixed(2)} ×   (events that waited at the end of a gateway round: ${median(backlogs)})`,
    '',
    `From the HTTP answer to the login changed in the auth app, ${loginLatenciesMs.length} changes`,
    `p50 ${percentile(loginLatenciesMs, 0.5).toFixed(1)} ms   p99 ${percentile(loginLatenciesMs, 0.99).toFixed(1)} ms`,
  ].join('\n');
}

function roundsRow(name: string, rounds: Round[]): string {
  const latencies = rounds.flatMap(({ latenciesMs }) => latenciesMs);
  const rate = median(rounds.map(({ updatesPerSecond }) => updatesPerSecond));
  return row(name, rate.toFixed(0), percentile(latencies, 0.5).toFixed(1), percentile(latencies, 0.99).toFixed(1));
}

const row = (name: string, ...cells: string[]): string => name.padEnd(20) + cells.map((cell) => cell.padStart(11)).join('');
