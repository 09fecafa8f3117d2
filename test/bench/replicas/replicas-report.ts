import { loadavg } from 'node:os';
import { table } from '#app/terminal';
import type { Part } from '../cpu.js';
import { median } from '../statistics.js';
import type { ReplicaRound, Replicas } from './measure-replicas.js';

const PARTS: readonly Part[] = ['gateway', 'postgres', 'kafka'];

/** The figures of a run, for people. */
export function replicasReport({ one, two, published }: Replicas): string {
  const cpuOf = ({ cpu }: ReplicaRound): number => (cpu ? cpu.gateway + cpu.postgres : NaN);
  const ratios = two.map((round, index) => cpuOf(round) / cpuOf(one[index]!));
  const row = (name: string, rounds: readonly ReplicaRound[]): string[] => [
    name,
    median(rounds.map(({ updatesPerSecond }) => updatesPerSecond)).toFixed(0),
    median(rounds.map(({ p99Ms }) => p99Ms)).toFixed(1),
    ...PARTS.map((part) => median(rounds.map(({ cpu }) => cpu?.[part] ?? NaN)).toFixed(0)),
    `${(median(rounds.map(({ lockWaits }) => lockWaits)) * 100).toFixed(1)} %`,
  ];
  return [
    '',
    table([
      ['', 'updates/s', 'p99 ms', ...PARTS.map((part) => `${part} µs`), 'looks with a lock wait'],
      row('one gateway', one),
      row('two gateways', two),
    ]),
    '',
    `CPU of gateways and PostgreSQL an update: two gateways ${median(ratios).toFixed(2)} × one (pair by pair ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)} ×).`,
    `Events published in the whole run: ${published.join(' by the first gateway, ')} by the second.`,
    `Load of the machine at the end: ${loadavg()[0]!.toFixed(1)}.`,
  ].join('\n');
}
