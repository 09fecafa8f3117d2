import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning } from './process-table.js';

const POLL_MS = 20;

/** The signals that stop a process, in order, and how long it may take to end after each. */
export type StopPlan = readonly { readonly signal: NodeJS.Signals; readonly waitMs: number }[];

/** SIGTERM first, then SIGKILL. */
export const stopPlan = (signal: NodeJS.Signals, waitMs: number): StopPlan => [
  { signal, waitMs },
  { signal: 'SIGKILL', waitMs: 2_000 },
];

/**
 * Ends a process, whether or not it is a child of this one.
 * @returns whether it has ended
 */
export async function stopProcess(pid: number, plan: StopPlan): Promise<boolean> {
  for (const { signal, waitMs } of plan) {
    signalProcess(pid, signal);
    for (let left = waitMs; left > 0 && isRunning(pid); left -= POLL_MS) await sleep(POLL_MS);
    if (!isRunning(pid)) return true;
  }
  return false;
}

/** Sends a signal to a process that may have ended. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}
