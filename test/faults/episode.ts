import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_TOPIC_PREFIX, topicOf } from '#app/contracts';
import type { Evidence, Recovery, Violation } from './check/evidence.js';
import { violationsOf } from './check/invariants.js';
import { collect, untilRest, type Scene } from './check/scene.js';
import type { TopicReader } from './check/topic-reader.js';
import type { Fault, Ground, Truth } from './faults/fault.js';
import type { Outcome } from './load/history.js';
import { Load } from './load/load.js';
import type { Random } from './load/random.js';
import type { System } from './system/system.js';

const DEAD_LETTERS = topicOf('portal-logins.v1.dead-letters');
const BEFORE_MS = 1_500;
const AFTER_MS = 1_000;
const WELL_WITHIN_MS = 45_000;
const REST_WITHIN_MS = 40_000;
/** Health has so long to tell the truth. */
const TRUTH_AFTER_SECONDS = 5;

/** What an episode needs beside its fault. */
export interface EpisodeContext {
  system: System;
  reader: TopicReader;
  random: Random;
  seconds: number;
  brief: boolean;
  clients: number;
  pauseMs: number;
  canary: string;
  /** Whether a line is worth it that says what is being done. */
  stage: (what: string, load: Load) => void;
}

/** What became of a fault. */
export interface EpisodeResult {
  fault: Fault;
  requests: Record<Outcome, number>;
  events: number;
  recoveryMs: number | null;
  violations: Violation[];
  notes: string[];
  evidence: Evidence;
}

/** Loads the system, causes one fault, has it healed, and judges what is left. */
export async function runEpisode(fault: Fault, context: EpisodeContext): Promise<EpisodeResult> {
  const { system, reader, random, canary } = context;
  const scene: Scene = { sql: system.sql, reader, topicPrefix: DEFAULT_TOPIC_PREFIX };
  const load = new Load(system, context, random.branch('load'), `f${fault.number}-${random.seed}`);
  const stage = (what: string): void => context.stage(what, load);
  const truths: Recovery['truths'][number][] = [];
  const found: Violation[] = [];
  const notes: string[] = [];
  for (const { app } of system.replicas) app.endedByItself = 0;
  const ground: Ground = {
    ...{ system, load, reader, random: random.branch('fault'), seconds: context.seconds, brief: context.brief },
    lasts: async (seconds, truth = {}) => {
      await sleep(seconds * 1_000);
      if (seconds >= TRUTH_AFTER_SECONDS) truths.push(...(await tellTruths(system, truth)));
    },
    rest: async () => void (await untilRest(scene, REST_WITHIN_MS)),
    deadLetterCount: async () => (await reader.read(DEAD_LETTERS)).length,
    note: (text) => void notes.push(text),
    violate: (violation) => void found.push(violation),
  };
  stage('load');
  await load.prepare();
  load.start();
  await sleep(BEFORE_MS);
  stage('fault');
  await fault.run(ground);
  stage('recovery');
  const recoveryMs = await untilWell(system);
  await sleep(AFTER_MS);
  stage('rest');
  await load.stop();
  const unrest = await untilRest(scene, REST_WITHIN_MS);
  stage('check');
  const ended = system.replicas.filter(({ app }) => app.endedByItself > 0).map(({ app }) => app.name);
  const recovery = { ms: recoveryMs, truths, ended, unrest };
  const { operations } = load.history;
  const evidence = await collect(scene, {
    operations,
    fromContactId: load.firstContactId,
    recovery,
    canary,
    folder: system.folder,
  });
  const violations = [...found, ...violationsOf(evidence)];
  const { contacts, logins } = evidence.topics;
  return {
    fault,
    requests: load.history.counts(),
    events: contacts.length + logins.length,
    recoveryMs,
    violations,
    notes,
    evidence,
  };
}

async function tellTruths(system: System, truth: Truth): Promise<Recovery['truths'][number][]> {
  const leader = truth.leader && (await system.leader());
  const replicas = { gateway: system.gateways, auth: system.auths, leader: leader ? [leader] : [] };
  const asked = (['gateway', 'auth', 'leader'] as const).flatMap((kind) => {
    const wanted = truth[kind];
    return wanted ? replicas[kind].filter(({ app }) => app.isAwake).map(({ app }) => ({ app, wanted })) : [];
  });
  return Promise.all(asked.map(async ({ app, wanted }) => ({ app: app.name, wanted, seen: await app.health() })));
}

/** Milliseconds until every replica says that all is well, and one publishes; null where that is not so in time. */
export async function untilWell(system: System): Promise<number | null> {
  const began = performance.now();
  while (performance.now() - began < WELL_WITHIN_MS) {
    const states = await Promise.all(system.replicas.map(({ app }) => app.health()));
    if (states.every((state) => state === 'ok') && (await system.leader())) return performance.now() - began;
    await sleep(100);
  }
  return null;
}
