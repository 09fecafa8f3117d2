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
/** Faults that keep the first replica of each app running, because its memory and handles are measured, and that end within a minute. */
const SPARING = [6, 7, 9, 11, 12, 14, 18, 31, 32, 33, 34, 40];

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

/** The result of a soak. */
export interface SoakResult {
  episodes: EpisodeResult[];
  curves: Curve[];
}

/** Causes a fault each minute for some minutes, and measures meanwhile. */
export async function soak({ seed, soak: minutes, defect }: Options, parts: RunParts): Promise<SoakResult> {
  const system = await startSystem(1, { seed, seconds: FAULT_SECONDS, short: false, defect, former: false }, parts);
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
    let round: Fault[] = [];
    for (let minute = 0; minute < minutes; minute++) {
      if (round.length === 0) round = inRandomOrder(faults, random);
      const fault = withinAMinute(round.pop()!);
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
      // To keep the requests of all minutes would need too much memory; those of a failed minute are still needed.
      episodes.push(result.violations.length > 0 ? result : { ...result, evidence: { ...result.evidence, operations: [] } });
    }
    return { episodes, curves: curvesOf(samples) };
  } finally {
    clearInterval(timer);
    parts.progress.settle();
    await system.close();
  }
}

const inRandomOrder = (faults: readonly Fault[], random: SeededRandom): Fault[] =>
  faults
    .map((fault) => ({ fault, at: random.fraction() }))
    .sort((a, b) => a.at - b.at)
    .map(({ fault }) => fault);

/** The load runs for the rest of the minute, after recovery, rest and check. */
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
