import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning } from './process-table.js';

const POLL_MS = 20;

/** How a process is asked to end: each signal in turn, and how long it has to answer before the next one. */
export type StopPlan = readonly { readonly signal: NodeJS.Signals; readonly waitMs: number }[];

/** Ask once, then insist. */
export const stopPlan = (signal: NodeJS.Signals, waitMs: number): StopPlan => [
  { signal, waitMs },
  { signal: 'SIGKILL', waitMs: 2_000 },
];

/**
 * Ends a process, be it a child of ours or not.
 * @returns whether it is gone
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
