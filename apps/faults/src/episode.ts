import { setTimeout as sleep } from 'node:timers/promises';
import { topicOf } from '@app/contracts';
import { dump, readDatabases, waitingEvents } from './check/databases.js';
import type { Evidence, Recovery, TopicRecord, Violation } from './check/evidence.js';
import { violationsOf } from './check/invariants.js';
import { searchLogs, searchTexts } from './check/secrets.js';
import type { TopicReader } from './check/topic-reader.js';
import type { Fault, Ground, Truth } from './faults/fault.js';
import { STRANGERS } from './faults/raw-records.js';
import type { Outcome } from './load/history.js';
import { Load } from './load/load.js';
import type { Random } from './load/random.js';
import type { System } from './system/system.js';

const CONTACTS = topicOf('contacts.v1');
const LOGINS = topicOf('portal-logins.v1');
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
  const load = new Load(system, context, random.branch('load'), `f${fault.number}-${random.seed}`);
  const stage = (what: string): void => context.stage(what, load);
  const truths: Recovery['truths'][number][] = [];
  const found: Violation[] = [];
  const notes: string[] = [];
  for (const { app } of system.replicas) app.endedByItself = 0;
  const ground: Ground = {
    ...{ system, load, reader, random: random.branch('fault'), seconds: context.seconds },
    lasts: async (seconds, truth = {}) => {
      await sleep(seconds * 1_000);
      if (seconds >= TRUTH_AFTER_SECONDS) truths.push(...(await tellTruths(system, truth)));
    },
    rest: async () => void (await untilRest(system, reader)),
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
  const unrest = await untilRest(system, reader);
  stage('check');
  const ended = system.replicas.filter(({ app }) => app.endedByItself > 0).map(({ app }) => app.name);
  const evidence = await collect(system, reader, load, { ms: recoveryMs, truths, ended, unrest }, canary);
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
  const asked = (['gateway', 'auth'] as const).flatMap((kind) => {
    const wanted = truth[kind];
    return wanted ? system[`${kind}s`].filter(({ app }) => app.isAwake).map(({ app }) => ({ app, wanted })) : [];
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

/** Waits until all events are published and applied. @returns what is still to be done when time is out */
export async function untilRest(system: System, reader: TopicReader): Promise<string[]> {
  let unrest: string[] = [];
  for (const deadline = Date.now() + REST_WITHIN_MS; Date.now() < deadline; await sleep(200)) {
    const waiting = await waitingEvents(system.sql.gateway).catch(() => -1);
    if (waiting !== 0) {
      unrest = [waiting < 0 ? 'the database does not answer' : `${waiting} events wait in the outbox`];
      continue;
    }
    await reader.read(LOGINS);
    const { rows } = await system.sql.auth.query<{ partition: number; next: number }>(
      'select partition, next_offset::float8 as next from consumer_offset where topic = $1',
      [LOGINS],
    );
    const applied = new Map(rows.map(({ partition, next }) => [partition, next]));
    const behind = [...reader.positions(LOGINS)].filter(([partition, next]) => (applied.get(partition) ?? 0) < next);
    if (behind.length === 0) return [];
    unrest = [`the auth app is behind on ${behind.length} partitions`];
  }
  return unrest;
}

async function collect(system: System, reader: TopicReader, load: Load, recovery: Recovery, canary: string): Promise<Evidence> {
  const from = load.firstContactId;
  const isOurs = ({ key }: TopicRecord): boolean => Number(key) >= from && Number(key) < STRANGERS;
  const [contacts, logins, deadLetters] = await Promise.all([CONTACTS, LOGINS, DEAD_LETTERS].map((topic) => reader.read(topic)));
  const texts = [...contacts!, ...logins!, ...deadLetters!].map((record) => JSON.stringify([record.value, record.headers]));
  const [gatewayDump, authDump] = await Promise.all([dump(system.sql.gateway), dump(system.sql.auth)]);
  const secrets = [
    ...searchTexts(canary, [
      { place: 'the topics', text: texts.join('\n') },
      { place: "the gateway's database", text: gatewayDump },
      { place: "the auth app's database", text: authDump },
    ]),
    ...(await searchLogs(canary, system.folder)),
  ];
  return {
    ...(await readDatabases(system.sql, from, STRANGERS)),
    operations: load.history.operations,
    topics: { contacts: contacts!.filter(isOurs), logins: logins!.filter(isOurs) },
    deadLetters: { found: deadLetters!.filter(isOurs).map(({ key }) => key), expected: [] },
    recovery,
    secrets,
  };
}
