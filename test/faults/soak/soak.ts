import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { TopicReader } from '#app/system/testing';
import { runEpisode, type EpisodeResult } from '../episode.js';
import { FAULTS } from '../faults/catalogue.js';
import type { Fault } from '../faults/fault.js';
import { SeededRandom } from '#app/system/testing';
import type { Options } from '../options.js';
import { startSystem, type RunParts } from '../run.js';
import { curvesOf, type Curve } from './curves.js';
import { takeSample, type Sample } from './samples.js';

const MINUTE_MS = 60_000;
const CONCLUSION_MS = 5_000;
const SAMPLE_MS = 5_000;
const FAULT_SECONDS = 6;
const LOAD = { clients: 3, pauseMs: 100 } as const;
/** Those that leave the first replica of each app alive: its memory and handles are what is looked at. */
const SPARING = [6, 7, 9, 11, 12, 14, 18];

const secondReplicas: Fault = {
  number: 0,
  name: 'second replicas killed -9 and started',
  run: async ({ system, lasts }) => {
    const others = [...system.gateways, ...system.auths].filter(({ app }) => app.name.endsWith('-2'));
    await Promise.all(others.map(({ app }) => app.kill()));
    await lasts(FAULT_SECONDS);
    await system.startApps();
  },
};

/** What became of a soak. */
export interface SoakResult {
  episodes: EpisodeResult[];
  curves: Curve[];
}

/** Causes a fault each minute for so many minutes, and measures all the while. */
export async function soak({ seed, soak: minutes, defect }: Options, parts: RunParts): Promise<SoakResult> {
  const system = await startSystem(1, { seed, seconds: FAULT_SECONDS, short: false, defect }, parts);
  const reader = new TopicReader(system.brokerAddresses);
  const random = new SeededRandom(seed).branch('soak');
  const faults = [secondReplicas, ...FAULTS.filter(({ number }) => SPARING.includes(number))];
  const samples: Sample[] = [];
  const timer = setInterval(
    () =>
      void takeSample(system).then(
        (sample) => samples.push(sample),
        () => undefined,
      ),
    SAMPLE_MS,
  );
  try {
    const episodes: EpisodeResult[] = [];
    for (let minute = 0; minute < minutes; minute++) {
      const fault = withinAMinute(random.pick(faults));
      const canary = `Canary${randomUUID().replaceAll('-', '')}`;
      const context = {
        system,
        reader,
        random: random.branch(`minute ${minute}`),
        seconds: FAULT_SECONDS,
        brief: false,
        canary,
        ...LOAD,
      };
      const result = await runEpisode(fault, { ...context, stage: parts.progress.watch(fault) });
      parts.progress.ended(result);
      // Thirty times all requests is more than a process should have to keep; those of a broken minute are still needed.
      episodes.push(result.violations.length > 0 ? result : { ...result, evidence: { ...result.evidence, operations: [] } });
    }
    return { episodes, curves: curvesOf(samples) };
  } finally {
    clearInterval(timer);
    parts.progress.settle();
    await system.close();
  }
}

/** The load goes on for what is left of the minute, but for what recovery, rest and check take. */
const withinAMinute = (fault: Fault): Fault => {
  const began = Date.now();
  return {
    ...fault,
    run: async (context) => {
      await fault.run(context);
      await sleep(Math.max(0, MINUTE_MS - CONCLUSION_MS - (Date.now() - began)));
    },
  };
};
