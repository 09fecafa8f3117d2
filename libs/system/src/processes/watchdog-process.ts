import { createInterface } from 'node:readline';
import { endGuarded, type Guarded } from './end-guarded.js';
import type { WatchdogOrder } from './watchdog.js';

const guarded = new Map<number, Guarded>();
const folders = new Set<string>();

// A signal to all processes, as of `killall node`, is for the parent: this one ends after it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);

for await (const line of createInterface({ input: process.stdin })) obey(JSON.parse(line) as WatchdogOrder);
await endGuarded(guarded.values(), folders);

function obey(order: WatchdogOrder): void {
  if ('guard' in order) guarded.set(order.guard.pid, order.guard);
  else if ('release' in order) guarded.delete(order.release);
  else folders.add(order.remove);
}
