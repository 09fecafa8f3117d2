import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolderAt, type ProcessHost } from '#app/system';
import { TopicReader } from '#app/system/testing';
import { builtFormerRelease } from '../drills/former-release.js';
import { runEpisode, type EpisodeResult } from './episode.js';
import type { Fault } from './faults/fault.js';
import { SeededRandom } from '#app/system/testing';
import type { Options } from './options.js';
import type { Progress } from './progress.js';
import { preloadOf } from './seams/preload-of.js';
import { System } from './system/system.js';

/** A fault that was not caused, and the reason. */
export interface Skipped {
  fault: Fault;
  why: string;
  /** Whether it should have been caused. */
  isFailure?: boolean;
}

export interface RunParts {
  host: ProcessHost;
  progress: Progress;
}

const LOAD = { full: { clients: 6, pauseMs: 30 }, short: { clients: 4, pauseMs: 80 } } as const;

/** Causes faults one after the other; those that need three brokers get a system of their own. */
export async function runFaults(
  faults: readonly Fault[],
  options: RunOptions,
  parts: RunParts,
): Promise<(EpisodeResult | Skipped)[]> {
  const results: (EpisodeResult | Skipped)[] = [];
  const causable = faults.flatMap((fault) => {
    const why = fault.obstacle?.() ?? null;
    if (why === null) return [fault];
    results.push({ fault, why });
    return [];
  });
  for (const brokers of [1, 3] as const) {
    const group = causable.filter((fault) => (fault.brokers ?? 1) === brokers);
    if (group.length > 0) results.push(...(await runGroup(group, brokers, options, parts)));
  }
  return results.sort((a, b) => a.fault.number - b.fault.number);
}

type RunOptions = Pick<Options, 'seed' | 'seconds' | 'short' | 'defect' | 'former'>;

/** If the harness itself fails during a fault, the system is thrown away, and the next faults get another one. */
async function runGroup(
  faults: readonly Fault[],
  brokers: 1 | 3,
  options: RunOptions,
  parts: RunParts,
): Promise<(EpisodeResult | Skipped)[]> {
  const results: (EpisodeResult | Skipped)[] = [];
  while (results.length < faults.length) {
    const system = await startSystem(brokers, options, parts);
    const reader = new TopicReader(system.brokerAddresses);
    try {
      for (const fault of faults.slice(results.length)) results.push(await runOne(fault, system, reader, options, parts));
    } catch (error) {
      const fault = faults[results.length]!;
      parts.progress.say(`${fault.number} ${fault.name}: ${(error as Error).stack}`);
      results.push({ fault, why: `the harness failed: ${(error as Error).message.split('\n')[0]}`, isFailure: true });
    } finally {
      parts.progress.settle();
      await system.close();
    }
  }
  return results;
}

/** Starts servers and apps in a temporary folder. */
export async function startSystem(brokers: 1 | 3, { short, defect, former }: RunOptions, parts: RunParts): Promise<System> {
  const { host, progress } = parts;
  progress.say(`Starting PostgreSQL, ${brokers === 1 ? 'Kafka' : 'three brokers'}, gateways and auth apps …`);
  const folder = mkdtempSync(join(host.folder.root, `system-${brokers}-`));
  // Under root another user runs PostgreSQL, and needs access to the folder.
  chmodSync(folder, 0o711);
  const built = former ? await builtFormerRelease((line) => progress.say(line)) : undefined;
  const preloads = defect === undefined ? [] : [preloadOf({ defect })];
  const options = { brokers, gateways: 2, auths: short ? 1 : 2, built, preloads };
  const system = await System.start(options, { ...host, folder: dataFolderAt(folder) });
  await system.startApps();
  return system;
}

async function runOne(
  fault: Fault,
  system: System,
  reader: TopicReader,
  { seed, seconds, short }: RunOptions,
  { progress }: RunParts,
): Promise<EpisodeResult> {
  const canary = `Canary${randomUUID().replaceAll('-', '')}`;
  const random = new SeededRandom(seed).branch(`fault ${fault.number}`);
  const stage = progress.watch(fault);
  const result = await runEpisode(fault, {
    system,
    reader,
    random,
    seconds,
    brief: short,
    canary,
    stage,
    ...(short ? LOAD.short : LOAD.full),
  });
  progress.ended(result);
  return result;
}
