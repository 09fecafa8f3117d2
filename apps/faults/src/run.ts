import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Watchdog } from '@app/embedded';
import { TopicReader } from './check/topic-reader.js';
import { runEpisode, type EpisodeResult } from './episode.js';
import type { Fault } from './faults/fault.js';
import { Random } from './load/random.js';
import type { Options } from './options.js';
import type { Progress } from './progress.js';
import { preloadOf } from './system/app-process.js';
import { System } from './system/system.js';

/** A fault that was not caused, and why. */
export interface Skipped {
  fault: Fault;
  why: string;
}

export interface RunParts {
  folder: string;
  java: string;
  watchdog: Watchdog;
  progress: Progress;
}

const LOAD = { full: { clients: 6, pauseMs: 30 }, short: { clients: 4, pauseMs: 20 } } as const;

/** Causes faults one after the other, those that need three brokers on a system of their own. */
export async function runFaults(
  faults: readonly Fault[],
  options: Pick<Options, 'seed' | 'seconds' | 'short' | 'defect'>,
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

async function runGroup(
  faults: readonly Fault[],
  brokers: 1 | 3,
  { seed, seconds, short, defect }: Pick<Options, 'seed' | 'seconds' | 'short' | 'defect'>,
  { folder, java, watchdog, progress }: RunParts,
): Promise<EpisodeResult[]> {
  progress.say(`Starting PostgreSQL, ${brokers === 1 ? 'Kafka' : 'three brokers'}, gateways and auth apps …`);
  const place = join(folder, `brokers-${brokers}`);
  mkdirSync(place, { mode: 0o711 });
  const system = await System.start({ folder: place, java, brokers, gateways: 2, auths: short ? 1 : 2 }, watchdog);
  try {
    await system.startApps(defect === undefined ? [] : [preloadOf('seams/preload.js', { defect })]);
    const reader = new TopicReader(system.brokerAddresses);
    const results: EpisodeResult[] = [];
    for (const fault of faults) {
      const canary = `Canary${randomUUID().replaceAll('-', '')}`;
      const random = new Random(seed).branch(`fault ${fault.number}`);
      const stage = progress.watch(fault);
      const load = short ? LOAD.short : LOAD.full;
      const result = await runEpisode(fault, { system, reader, random, seconds, canary, stage, ...load });
      progress.ended(result);
      results.push(result);
    }
    return results;
  } finally {
    progress.settle();
    await system.close();
  }
}
