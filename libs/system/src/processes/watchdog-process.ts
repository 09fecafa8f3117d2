import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { stopProcess } from './stop-process.js';
import type { Guarded, WatchdogOrder } from './watchdog.js';

const guarded = new Map<number, Guarded>();
const folders = new Set<string>();

for await (const line of createInterface({ input: process.stdin })) obey(JSON.parse(line) as WatchdogOrder);

const ranks = [...new Set([...guarded.values()].map(({ rank }) => rank))].sort((a, b) => b - a);
for (const rank of ranks) {
  const same = [...guarded.values()].filter((each) => each.rank === rank);
  await Promise.all(same.map(({ pid, plan }) => stopProcess(pid, plan)));
}
for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });

function obey(order: WatchdogOrder): void {
  if ('guard' in order) guarded.set(order.guard.pid, order.guard);
  else if ('release' in order) guarded.delete(order.release);
  else folders.add(order.remove);
}
