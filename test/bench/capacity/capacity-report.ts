import { loadavg } from 'node:os';
import { table } from '#app/terminal';
import type { Part } from '../cpu.js';
import type { Disk, Phase } from './measure-capacity.js';

const PARTS: readonly Part[] = ['gateway', 'auth', 'postgres', 'kafka'];

/** The capacity table. */
export function capacityReport({ phases, disk }: { phases: readonly Phase[]; disk: Disk }): string {
  const head = ['', 'updates/s', 'p99 ms', ...PARTS.flatMap((part) => [`${part} cores`, `${part} MiB`])];
  const rows = phases.map(({ name, updatesPerSecond, p99Ms, cores, memory }) => [
    name,
    updatesPerSecond.toFixed(0),
    p99Ms?.toFixed(1) ?? '-',
    ...PARTS.flatMap((part) => [cores?.[part].toFixed(2) ?? '?', memory?.[part].toFixed(0) ?? '?']),
  ]);
  const gigabytes = (bytes: number): string => `${((bytes * 1e6) / 2 ** 30).toFixed(1)} GiB`;
  return [
    table([head, ...rows]),
    '',
    `Disk, a million of each: contacts ${gigabytes(disk.contact)} (with indexes), their events on the topic ${gigabytes(disk.contactEvent)}, rows of their history ${gigabytes(disk.historyRow)}.`,
    `Load of the machine at the end: ${loadavg()[0]!.toFixed(1)}. Rules from these figures: docs/capacity.md.`,
  ].join('\n');
}
