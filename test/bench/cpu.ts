import { readdirSync, readFileSync } from 'node:fs';

/** The parts that are measured separately. */
export const PARTS = ['gateway', 'auth', 'bare', 'postgres', 'kafka', 'load'] as const;
export type Part = (typeof PARTS)[number];
/** CPU time of each part, in microseconds. */
export type CpuTimes = Record<Part, number>;

/** The part of a process, by its command line. */
const MARKS: readonly [Part, RegExp][] = [
  ['gateway', /apps\/gateway\/src\/main\.js/],
  ['auth', /apps\/auth\/src\/main\.js/],
  ['bare', /bare-handler\.js/],
  ['kafka', /kafka\.Kafka/],
  ['postgres', /postgres/],
];
/** `/proc` counts in hundredths of a second, on every kernel. */
const TICK_US = 10_000;

interface ProcessTimes {
  pid: number;
  parent: number;
  /** CPU time of the process and of its ended children. */
  ticks: number;
}

/**
 * CPU time that the processes under this one have used so far. It is what noise of the machine touches least.
 * @returns undefined where the system has no `/proc`
 */
export function cpuTimes(): CpuTimes | undefined {
  const table = readTable();
  if (!table) return undefined;
  const times = Object.fromEntries(PARTS.map((part) => [part, 0])) as CpuTimes;
  const { user, system } = process.cpuUsage();
  times.load = user + system;
  const parts = new Map<number, Part | undefined>();
  for (const { pid, parent, ticks } of table) {
    const part = parent === process.pid ? partOf(pid) : parts.get(parent);
    parts.set(pid, part);
    if (part) times[part] += ticks * TICK_US;
  }
  return times;
}

/** The part of each process under this one. */
export function partsOfProcesses(): Map<number, Part> | undefined {
  const table = readTable();
  if (!table) return undefined;
  const parts = new Map<number, Part>();
  for (const { pid, parent } of table) {
    const part = parent === process.pid ? partOf(pid) : parts.get(parent);
    if (part) parts.set(pid, part);
  }
  return parts;
}

/** The CPU time between two readings. */
export const cpuBetween = (before: CpuTimes, after: CpuTimes): CpuTimes =>
  Object.fromEntries(PARTS.map((part) => [part, after[part] - before[part]])) as CpuTimes;

/** CPU time since a reading for each of so many updates or records; undefined where the system has no `/proc`. */
export function cpuEach(before: CpuTimes | undefined, count: number): CpuTimes | undefined {
  const after = cpuTimes();
  if (!before || !after) return undefined;
  const used = cpuBetween(before, after);
  return Object.fromEntries(PARTS.map((part) => [part, used[part] / count])) as CpuTimes;
}

function readTable(): ProcessTimes[] | undefined {
  let pids: number[];
  try {
    pids = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return undefined;
  }
  // Process ids grow: a parent comes before its children.
  return pids.sort((a, b) => a - b).flatMap((pid) => readTimes(pid) ?? []);
}

function readTimes(pid: number): ProcessTimes | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in brackets, can contain blanks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
    return { pid, parent: Number(fields[1]), ticks };
  } catch {
    return undefined;
  }
}

function partOf(pid: number): Part | undefined {
  try {
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return MARKS.find(([, mark]) => mark.test(commandLine))?.[0];
  } catch {
    return undefined;
  }
}
