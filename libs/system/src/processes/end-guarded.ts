import { rm } from 'node:fs/promises';
import { stopProcess, type StopPlan } from './stop-process.js';

/** A process that must not outlive the one that started it. */
export interface Guarded {
  pid: number;
  plan: StopPlan;
  /** Higher ranks are stopped first: the apps before the servers they use. */
  rank: number;
}

/** Stops the processes, rank after rank, and removes the folders then. */
export async function endGuarded(guarded: Iterable<Guarded>, folders: Iterable<string>): Promise<void> {
  const all = [...guarded];
  const ranks = [...new Set(all.map(({ rank }) => rank))].sort((a, b) => b - a);
  for (const rank of ranks) {
    const same = all.filter((each) => each.rank === rank);
    await Promise.all(same.map(({ pid, plan }) => stopProcess(pid, plan)));
  }
  for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
