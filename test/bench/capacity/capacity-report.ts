import { loadavg } from 'node:os';
import type { Part } from '../cpu.js';
import type { Disk, Phase } from './measure-capacity.js';

const PARTS: Partial<Record<Part, string>> = {
  gateway: 'gateway cores, MiB',
  auth: 'auth app',
  postgres: 'PostgreSQL',
  kafka: 'Kafka',
};
const NOTHING = '-';

/** The capacity table, as docs/capacity.md has it. */
export function capacityReport({ phases, disk }: { phases: readonly Phase[]; disk: Disk }): string {
  const rows = phases.map(({ name, updatesPerSecond, p99Ms, cores, memory }) => [
    name,
    updatesPerSecond.toFixed(0),
    p99Ms?.toFixed(1) ?? NOTHING,
    ...(Object.keys(PARTS) as Part[]).map((part) =>
      cores && memory ? `${cores[part].toFixed(2)}, ${memory[part].toFixed(0)}` : NOTHING,
    ),
  ]);
  const head = ['', 'updates/s', 'p99 ms', ...Object.values(PARTS)];
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const gigabytes = (bytes: number): string => `${((bytes * 1e6) / 2 ** 30).toFixed(1)} GiB`;
  return [
    ...lines,
    '',
    `Disk, a million of each: contacts ${gigabytes(disk.contact)} with their indexes, their events on the topic ${gigabytes(disk.contactEvent)} (a replica), rows of their history ${gigabytes(disk.historyRow)}.`,
    `Load of the machine at the end: ${loadavg()[0]!.toFixed(1)}.`,
  ].join('\n');
}
