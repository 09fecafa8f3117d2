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

/** A process in the system's table. */
interface Process {
  pid: number;
  parent: number;
}

interface ProcessTimes extends Process {
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
  const parts = partsBelow(process.pid, table, partOf);
  for (const { pid, ticks } of table) {
    const part = parts.get(pid);
    if (part) times[part] += ticks * TICK_US;
  }
  return times;
}

/** The part of each process under this one. */
export function partsOfProcesses(): Map<number, Part> | undefined {
  const table = readTable();
  return table && partsBelow(process.pid, table, partOf);
}

/**
 * The parts of a process's children, which their descendants have too. A descendant's id can be below its parent's: the system begins
 * with small ones again.
 */
export function partsBelow(
  root: number,
  table: readonly Process[],
  partOfChild: (pid: number) => Part | undefined,
): Map<number, Part> {
  const parts = new Map<number, Part>();
  const mark = (pid: number, part: Part): void => {
    parts.set(pid, part);
    for (const child of table) if (child.parent === pid) mark(child.pid, part);
  };
  for (const { pid, parent } of table) {
    const part = parent === root ? partOfChild(pid) : undefined;
    if (part) mark(pid, part);
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
  return pids.flatMap((pid) => readTimes(pid) ?? []);
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
