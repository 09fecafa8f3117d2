import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_TOPIC_PREFIX, topicOf } from '#app/contracts';
import type { Evidence, Recovery, Violation } from './check/evidence.js';
import { violationsOf } from './check/invariants.js';
import { collect, untilQuiet, untilSettled, type ObservedSystem } from './check/collect-evidence.js';
import type { TopicReader } from '#app/system/testing';
import type { Fault, FaultContext, ExpectedHealth } from './faults/fault.js';
import type { Outcome } from './load/history.js';
import { Load } from './load/load.js';
import { ReadinessWatch } from './readiness.js';
import type { SeededRandom } from '#app/system/testing';
import type { System } from './system/system.js';

const DEAD_LETTERS = topicOf('portal-logins.v1.dead-letters');
const BEFORE_MS = 1_500;
const AFTER_MS = 1_000;
const WELL_WITHIN_MS = 45_000;
/** A consumer that was killed is a member of its group for a while, and is waited for. */
const REST = { stillMs: 60_000, longestMs: 240_000 } as const;
/** What is expected to be well can have had another fault right before: a relay stands aside for ten seconds. */
const WELL_AGAIN_MS = 30_000;
/** The time in which health must report the fault. */
const HEALTH_SETTLES_SECONDS = 5;

/** The context of an episode, besides its fault. */
export interface EpisodeOptions {
  system: System;
  reader: TopicReader;
  random: SeededRandom;
  seconds: number;
  brief: boolean;
  clients: number;
  pauseMs: number;
  canary: string;
  /** Prints a line about the current step. */
  stage: (what: string, load: Load) => void;
}

/** The result of a fault. */
export interface EpisodeResult {
  fault: Fault;
  requests: Record<Outcome, number>;
  events: number;
  recoveryMs: number | null;
  violations: Violation[];
  notes: string[];
  evidence: Evidence;
}

/** Loads the system, causes and repairs one fault, and checks the evidence. */
export async function runEpisode(fault: Fault, options: EpisodeOptions): Promise<EpisodeResult> {
  const { system, reader, random, canary } = options;
  const observed: ObservedSystem = { sql: system.sql, reader, topicPrefix: DEFAULT_TOPIC_PREFIX };
  const load = new Load(system, options, random.branch('load'), `f${fault.number}-${random.seed}`);
  const stage = (what: string): void => options.stage(what, load);
  const healthChecks: HealthChecks = [];
  const found: Violation[] = [];
  const notes: string[] = [];
  for (const { app } of system.replicas) app.unexpectedEnds = 0;
  const context: FaultContext = {
    system,
    load,
    reader,
    random: random.branch('fault'),
    seconds: options.seconds,
    brief: options.brief,
    lasts: async (seconds, expected = {}) => {
      const until = performance.now() + WELL_AGAIN_MS;
      await sleep(seconds * 1_000);
      if (seconds >= HEALTH_SETTLES_SECONDS) healthChecks.push(...(await healthBy(until, () => observeHealth(system, expected))));
    },
    rest: async () => {
      const pending = await untilQuiet(observed, REST);
      if (pending.length > 0) found.push({ invariant: 'I8', message: `It did not come to rest: ${pending.join(', ')}.` });
      return pending.length === 0;
    },
    settlesWithin: (timeoutMs) => untilSettled(observed, timeoutMs),
    deadLetterCount: async () => (await reader.read(DEAD_LETTERS)).length,
    note: (text) => void notes.push(text),
    violate: (violation) => void found.push(violation),
  };
  stage('load');
  await load.prepare();
  load.start();
  await sleep(BEFORE_MS);
  stage('fault');
  const readiness = fault.touchesDatabase ? undefined : new ReadinessWatch(system);
  await fault.run(context).finally(() => found.push(...(readiness?.end() ?? [])));
  stage('recovery');
  const recoveryMs = await untilWell(system);
  await sleep(AFTER_MS);
  stage('rest');
  await load.stop();
  const pendingWork = await untilQuiet(observed, REST);
  stage('check');
  const ended = system.replicas.filter(({ app }) => app.unexpectedEnds > 0).map(({ app }) => app.name);
  const recovery = { ms: recoveryMs, healthChecks, ended, pendingWork };
  const { operations } = load.history;
  const evidence = await collect(observed, {
    operations,
    fromContactId: load.firstContactId,
    recovery,
    canary,
    folder: system.host.folder.logs,
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

/** Looks again until the time is over, while one that is expected to be well is not. */
async function healthBy(until: number, look: () => Promise<HealthChecks>): Promise<HealthChecks> {
  for (;;) {
    const checks = await look();
    const isWell = checks.every(({ wanted, seen }) => wanted.includes(seen) || !wanted.includes('ok'));
    if (isWell || performance.now() > until) return checks;
    await sleep(500);
  }
}

type HealthChecks = Recovery['healthChecks'][number][];

async function observeHealth(system: System, expected: ExpectedHealth): Promise<HealthChecks> {
  const leader = expected.leader && (await system.leader());
  const replicas = { gateway: system.gateways, auth: system.auths, leader: leader ? [leader] : [] };
  const asked = (['gateway', 'auth', 'leader'] as const).flatMap((kind) => {
    const wanted = expected[kind];
    return wanted ? replicas[kind].filter(({ app }) => app.isAwake).map(({ app }) => ({ app, wanted })) : [];
  });
  return Promise.all(asked.map(async ({ app, wanted }) => ({ app: app.name, wanted, seen: await app.health() })));
}

/** Milliseconds until every replica is healthy and one publishes; null where this takes too long. */
export async function untilWell(system: System): Promise<number | null> {
  const began = performance.now();
  while (performance.now() - began < WELL_WITHIN_MS) {
    const states = await Promise.all(system.replicas.map(({ app }) => app.health()));
    if (states.every((state) => state === 'ok') && (await system.leader())) return performance.now() - began;
    await sleep(100);
  }
  return null;
}
