import { readdirSync, readFileSync } from 'node:fs';

const GATEWAY = /apps\/gateway\/src\/main\.js/;
const EVERY_MS = 50;

/** Memory of the gateway process that this process started, in MB. */
export interface Memory {
  before: number;
  peak: number;
}

/** Watches the gateway's resident memory during some work; undefined where the system has no `/proc`. */
export async function watchMemory<T>(work: () => Promise<T>): Promise<{ result: T; memory: Memory | undefined }> {
  const pid = gatewayPid();
  const before = pid === undefined ? undefined : residentMb(pid);
  let peak = before ?? 0;
  const watch = setInterval(() => (peak = Math.max(peak, residentMb(pid!) ?? 0)), EVERY_MS);
  if (pid === undefined) clearInterval(watch);
  try {
    const result = await work();
    return { result, memory: before === undefined ? undefined : { before, peak } };
  } finally {
    clearInterval(watch);
  }
}

function gatewayPid(): number | undefined {
  return pids().find((pid) => parentOf(pid) === process.pid && GATEWAY.test(read(pid, 'cmdline')?.replaceAll('\0', ' ') ?? ''));
}

function pids(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

const parentOf = (pid: number): number => Number(/^PPid:\s*(\d+)/m.exec(read(pid, 'status') ?? '')?.[1]);

function residentMb(pid: number): number | undefined {
  const kib = /^VmRSS:\s*(\d+) kB/m.exec(read(pid, 'status') ?? '')?.[1];
  return kib === undefined ? undefined : (Number(kib) * 1_024) / 1e6;
}

function read(pid: number, file: 'cmdline' | 'status'): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
