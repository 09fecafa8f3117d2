import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_TOPIC_PREFIX, topicOf } from '#app/contracts';
import { TopicReader, type SeededRandom, type TopicRecord } from '#app/system/testing';
import pg from 'pg';
import { untilSettled } from '../../faults/check/collect-evidence.js';
import { Load } from '../../faults/load/load.js';
import { lostAnswers, type LostAnswer, type RestoredContact } from './lost-answers.js';
import type { RestorableSystem } from './restorable-system.js';

/** What is lost. */
export interface Loss {
  gateway: boolean;
  auth: boolean;
  topics: boolean;
}

export const SCENARIOS: Readonly<Record<string, { title: string; loss: Loss }>> = {
  gateway: { title: "the gateway's database goes back to a moment", loss: { gateway: true, auth: false, topics: false } },
  auth: { title: "the auth app's database goes back to a moment", loss: { gateway: false, auth: true, topics: false } },
  topics: { title: 'the topics are lost', loss: { gateway: false, auth: false, topics: true } },
  both: { title: 'both databases go back, and the topics are lost', loss: { gateway: true, auth: true, topics: true } },
};

/** The result of a scenario. */
export interface ScenarioResult {
  name: string;
  answered: number;
  /** Seconds from the loss to a system that serves again. */
  seconds: number;
  lost: LostAnswer[];
  /** Differences that verify found after the repair. */
  differences: number;
  violations: string[];
}

export interface DrillParts {
  system: RestorableSystem;
  random: SeededRandom;
  /** How long the load lasts before the moment, and after it. */
  seconds: number;
  say: (line: string) => void;
}

const CLIENTS = { clients: 4, pauseMs: 30 };
const SETTLED_WITHIN_MS = 90_000;

/** Loads the system, loses what the scenario says, repairs it as the runbook says, and judges. */
export async function runScenario(name: string, parts: DrillParts): Promise<ScenarioResult> {
  const { system, seconds, say } = parts;
  const { title, loss } = SCENARIOS[name]!;
  say(`${title}: load, base backups under it …`);
  const load = await startLoad(name, parts);
  const reader = new TopicReader(system.brokers);
  await sleep(seconds * 500);
  if (loss.gateway) await system.postgres.gateway.takeBackup();
  if (loss.auth) await system.postgres.auth.takeBackup();
  await sleep(seconds * 500);
  const moment = await system.postgres.gateway.moment();
  say(`the moment is ${moment}; the load goes on for ${seconds} s, and these answers get lost`);
  await sleep(seconds * 1_000);
  if (loss.gateway) await system.postgres.gateway.archiveAll();
  if (loss.auth) await system.postgres.auth.archiveAll();
  await load.stop(2_000);
  const before = await recordsOf(reader);
  const began = performance.now();
  const restored = await lose(loss, moment, parts);
  const lost = restored ? lostAnswers(load.history.operations, { moment: new Date(moment), contacts: restored }, before) : [];
  await repair(loss, parts);
  const repaired = (performance.now() - began) / 1_000;
  return {
    name,
    answered: load.history.counts().ok,
    seconds: repaired,
    lost,
    ...(await judge(loss, before, parts)),
  };
}

async function startLoad(name: string, { system, random }: DrillParts): Promise<Load> {
  const load = new Load(system, { ...CLIENTS, canary: randomUUID() }, random.branch(name), `${name}-${randomUUID().slice(0, 8)}`);
  await load.prepare();
  load.start();
  return load;
}

/** Ends the apps, takes away what the scenario loses, and restores the databases. @returns the restored contacts, before any repair */
async function lose(
  { gateway, auth, topics }: Loss,
  moment: string,
  { system, say }: DrillParts,
): Promise<RestoredContact[] | undefined> {
  say('the loss: processes are killed, data are gone');
  if (gateway || topics) await system.gateway.kill();
  if (auth) await system.auth.kill();
  if (topics) await system.loseTopics();
  for (const [isLost, postgres] of [
    [gateway, system.postgres.gateway],
    [auth, system.postgres.auth],
  ] as const) {
    if (!isLost) continue;
    await postgres.destroy();
    await postgres.restoreTo(moment);
  }
  if (!gateway) return undefined;
  return system.query<RestoredContact>(
    'gateway',
    'select id::float8 as id, version::float8 as version, login_version::float8 as "loginVersion" from contact',
  );
}

/** The steps of the runbook. */
async function repair({ gateway, topics }: Loss, { system, say }: DrillParts): Promise<void> {
  say('the repair: set-up, resync where commits or topics are gone, apps');
  await system.setUp();
  if (gateway || topics) {
    const { code } = await system.events('resync', '--yes');
    if (code !== 0) throw new Error(`resync ended with ${code}.`);
  }
  for (const app of [system.gateway, system.auth]) if (!app.isRunning) await app.startUntilReady();
}

async function judge(
  { gateway, topics }: Loss,
  before: readonly TopicRecord[],
  { system, random, say }: DrillParts,
): Promise<Pick<ScenarioResult, 'differences' | 'violations'>> {
  say('judging: verify, versions, and a load on the repaired system');
  const violations: string[] = [];
  const differences = await differencesOf(system);
  const after = await recordsOf(new TopicReader(system.brokers));
  if (gateway || topics) violations.push(...versionsGivenTwice(before, after));
  const load = await startLoad('afterwards', { system, random, seconds: 0, say });
  await sleep(2_000);
  await load.stop();
  const { fail, info, ok } = load.history.counts();
  if (ok === 0 || info > 0)
    violations.push(`After the repair ${ok} requests were answered, ${fail} refused, ${info} are unknown.`);
  violations.push(...(await pendingWork(system)));
  return { differences: differences + (await differencesOf(system)), violations };
}

/** A reader that kept the greatest version would miss an event whose version is not above it, unless it is the same event. */
function versionsGivenTwice(before: readonly TopicRecord[], after: readonly TopicRecord[]): string[] {
  const ids = new Set(before.map(({ headers }) => headers['ce_id']));
  const highest = new Map<string, number>();
  for (const record of before) highest.set(nameOf(record), Math.max(highest.get(nameOf(record)) ?? 0, versionOf(record)));
  return after
    .filter((record) => !ids.has(record.headers['ce_id']) && record.value !== null)
    .filter((record) => versionOf(record) <= (highest.get(nameOf(record)) ?? 0))
    .map((record) => `Version ${versionOf(record)} of ${nameOf(record)} was given out twice.`);
}

const versionOf = ({ headers }: TopicRecord): number => Number(headers['ce_sequence']);
const nameOf = ({ key, headers }: TopicRecord): string =>
  `${headers['ce_type']?.split('.')[1]?.replace(/(Created|Updated|Deleted|Changed)$/, '')} ${key}`;

async function recordsOf(reader: TopicReader): Promise<TopicRecord[]> {
  const names = ['contacts.v1', 'companies.v1', 'portal-logins.v1'] as const;
  const records: TopicRecord[] = [];
  for (const name of names) records.push(...(await reader.read(topicOf(name))));
  return records;
}

async function differencesOf(system: RestorableSystem): Promise<number> {
  const { result } = await system.events<{ differences: unknown[] }>('verify');
  return result.differences.length;
}

async function pendingWork(system: RestorableSystem): Promise<string[]> {
  const sql = {
    gateway: new pg.Pool({ connectionString: system.urls.gateway }),
    auth: new pg.Pool({ connectionString: system.urls.auth }),
  };
  try {
    return await untilSettled(
      { sql, reader: new TopicReader(system.brokers), topicPrefix: DEFAULT_TOPIC_PREFIX },
      SETTLED_WITHIN_MS,
    );
  } finally {
    await Promise.all([sql.gateway.end(), sql.auth.end()]);
  }
}
