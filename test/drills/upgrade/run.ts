import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_TOPIC_PREFIX } from '#app/contracts';
import type { ProcessHost } from '#app/system';
import { SeededRandom, TopicReader } from '#app/system/testing';
import { collect, untilSettled } from '../../faults/check/collect-evidence.js';
import type { Recovery, Violation } from '../../faults/check/evidence.js';
import { violationsOf } from '../../faults/check/invariants.js';
import type { Outcome } from '../../faults/load/history.js';
import { Load } from '../../faults/load/load.js';
import { builtFormerRelease } from '../former-release.js';
import { DEFECTS } from './defects.js';
import { MixedSystem } from './mixed-system.js';
import type { Options } from './options.js';
import { Probes } from './probes.js';
import { STEPS, type Step } from './steps.js';

const PAUSE_MS = 60;
const WELL_WITHIN_MS = 45_000;
const SETTLED_WITHIN_MS = 120_000;

/** What a step did. */
export interface StepResult {
  step: Step;
  seconds: number;
  requests: Record<'ok' | 'fail', number>;
}

/** The result of a drill. */
export interface DrillResult {
  seed: number;
  steps: StepResult[];
  requests: Record<Outcome, number>;
  events: number;
  signIns: number;
  companyChanges: number;
  violations: string[];
}

interface Drill {
  system: MixedSystem;
  load: Load;
  probes: Probes;
  options: Options;
  say: (line: string) => void;
}

/** Upgrades a system under load and takes it back, and judges what its clients, its databases and its topics then say. */
export async function runDrill(options: Options, host: ProcessHost, say: (line: string) => void): Promise<DrillResult> {
  const built = await builtFormerRelease(say);
  say('Starting PostgreSQL and Kafka …');
  const system = await MixedSystem.start(host, built);
  try {
    await system.setUp('former');
    await system.take(STEPS[0]!.formation);
    const random = new SeededRandom(options.seed);
    const canary = `Canary${randomUUID().replaceAll('-', '')}`;
    const load = new Load(system, { clients: options.clients, pauseMs: PAUSE_MS, canary }, random.branch('load'), 'drill');
    const drill = { system, load, probes: new Probes(system, random.branch('probes')), options, say };
    // The load's contacts come last: the judgement begins with the first of them.
    await drill.probes.prepare();
    await load.prepare();
    load.start();
    drill.probes.start();
    const steps: StepResult[] = [];
    for (const step of STEPS) steps.push(await runStep(step, drill));
    return { seed: options.seed, steps, ...(await judge(drill, canary, host.folder.logs)) };
  } finally {
    await system.close();
  }
}

async function runStep(step: Step, { system, load, options, say }: Drill): Promise<StepResult> {
  const [began, before] = [performance.now(), load.history.counts()];
  if (step.setUp) {
    await system.setUp('current');
    if (options.defect !== undefined) await system.sql.gateway.query(DEFECTS[options.defect]!.sql);
  }
  await system.take(step.formation);
  await system.havePublish(step.publishes);
  const share = (options.minutes * 60_000) / STEPS.length;
  await sleep(Math.max(1_000, share - (performance.now() - began)));
  const after = load.history.counts();
  const requests = { ok: after.ok - before.ok, fail: after.fail - before.fail };
  const seconds = (performance.now() - began) / 1_000;
  say(`${step.name}: ${requests.ok} answered, ${requests.fail} refused in ${seconds.toFixed(0)} s`);
  return { step, seconds, requests };
}

async function judge(
  { system, load, probes, say }: Drill,
  canary: string,
  logs: string,
): Promise<Omit<DrillResult, 'seed' | 'steps'>> {
  say('Waiting until all events have arrived, then judging …');
  const recovery = await recoveryOf(system);
  await Promise.all([load.stop(), probes.stop()]);
  const reader = new TopicReader(system.brokers);
  const observed = { sql: system.sql, reader, topicPrefix: DEFAULT_TOPIC_PREFIX };
  const pendingWork = await untilSettled(observed, SETTLED_WITHIN_MS);
  const { operations } = load.history;
  const facts = { operations, fromContactId: load.firstContactId, recovery: { ...recovery, pendingWork }, canary, folder: logs };
  const evidence = await collect(observed, facts);
  await probes.judge(reader);
  const { output, isEqual } = await system.verify();
  return {
    requests: load.history.counts(),
    events: evidence.topics.contacts.length + evidence.topics.logins.length,
    signIns: probes.signIns,
    companyChanges: probes.companyChanges,
    violations: [
      ...violationsOf(evidence).map(shown),
      ...probes.violations,
      ...(isEqual ? [] : [`verify finds differences: ${output.slice(-500)}`]),
    ],
  };
}

async function recoveryOf(system: MixedSystem): Promise<Omit<Recovery, 'pendingWork'>> {
  const began = performance.now();
  const running = system.members.filter(({ app }) => app.isRunning);
  let ms: number | null = null;
  while (ms === null && performance.now() - began < WELL_WITHIN_MS) {
    const states = await Promise.all(running.map(({ app }) => app.health()));
    if (states.every((state) => state === 'ok')) ms = performance.now() - began;
    else await sleep(200);
  }
  const ended = system.members.filter(({ app }) => app.unexpectedEnds > 0).map(({ app }) => app.name);
  return { ms, healthChecks: [], ended };
}

const shown = ({ invariant, contactId, message }: Violation): string =>
  `${invariant}  ${contactId === undefined ? '' : `contact ${contactId}: `}${message}`;
