import { readdirSync, readFileSync } from 'node:fs';
import { type Part, partsOfProcesses } from '../cpu.js';

export type Memory = Record<Part, number>;

/** Memory of each part in MiB; what processes share is counted once. Undefined where the system has no `/proc`. */
export function memory(): Memory | undefined {
  const parts = partsOfProcesses();
  if (!parts) return undefined;
  const used = { gateway: 0, auth: 0, bare: 0, postgres: 0, kafka: 0, load: 0 };
  for (const [pid, part] of parts) used[part] += proportionalMib(pid);
  return used;
}

function proportionalMib(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}

/** Bytes of the records that a broker holds of a topic, in all partitions. */
export function topicBytes(dataDir: string, topic: string): number {
  const folders = readdirSync(`${dataDir}/logs`).filter((name) => name.replace(/-\d+$/, '') === topic);
  return folders.reduce((sum, folder) => sum + logBytes(`${dataDir}/logs/${folder}`), 0);
}

const logBytes = (folder: string): number =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .reduce((sum, name) => sum + readFileSync(`${folder}/${name}`).length, 0);
