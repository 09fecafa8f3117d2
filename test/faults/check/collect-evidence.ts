import { setTimeout as sleep } from 'node:timers/promises';
import { topicOf, type TopicName } from '#app/contracts';
import type pg from 'pg';
import type { Operation } from '../load/history.js';
import { dump, readDatabases, waitingEvents } from './databases.js';
import type { Evidence, Recovery, TopicRecord } from './evidence.js';
import { searchLogs, searchTexts } from './secrets.js';
import type { TopicReader } from '#app/system/testing';

/** No contact has this id or a greater one; the check ignores them. */
export const UNUSED_CONTACT_IDS = 9_000_000_000;

/** The servers that the checker reads, without a proxy, by its own clients. */
export interface ObservedSystem {
  sql: { gateway: pg.Pool; auth: pg.Pool };
  reader: TopicReader;
  topicPrefix: string;
}

/** The episode's data for the checker, besides what it reads. */
export interface EpisodeFacts {
  operations: readonly Operation[];
  /** The first checked contact. */
  fromContactId: number;
  recovery: Recovery;
  canary: string;
  /** Folder of the logs that are searched. */
  folder?: string;
}

/** How long a system may take to come to rest. */
export interface RestBounds {
  /** Without any progress, in milliseconds. */
  stillMs: number;
  /** In all, in milliseconds. */
  longestMs: number;
}

/** Work that is not done yet. */
interface Pending {
  work: string[];
  /** Differs from that of an earlier moment if something was published or applied meanwhile. */
  progress: string;
}

/** Waits until all events are published and applied. @returns what is pending when the time is over */
export function untilSettled(observed: ObservedSystem, timeoutMs: number): Promise<string[]> {
  return untilAtRest(() => pendingOf(observed), { stillMs: timeoutMs, longestMs: timeoutMs });
}

/**
 * Waits until all events are published and applied. A slow machine has more time, as long as the work goes on.
 * @returns what is pending when nothing has changed for a while, or the time is over
 */
export function untilQuiet(observed: ObservedSystem, bounds: RestBounds): Promise<string[]> {
  return untilAtRest(() => pendingOf(observed), bounds);
}

/** Waits until nothing is pending. @returns what is pending when nothing has changed for a while, or the time is over */
export async function untilAtRest(look: () => Promise<Pending>, { stillMs, longestMs }: RestBounds): Promise<string[]> {
  const began = performance.now();
  for (let former = '', movedAt = began; ; await sleep(100)) {
    const { work, progress } = await look();
    const now = performance.now();
    if (progress !== former) [former, movedAt] = [progress, now];
    if (work.length === 0 || now - movedAt > stillMs || now - began > longestMs) return work;
  }
}

async function pendingOf({ sql, reader, topicPrefix }: ObservedSystem): Promise<Pending> {
  const waiting = await waitingEvents(sql.gateway).catch(() => undefined);
  if (waiting === undefined) return { work: ['the database does not answer'], progress: 'none' };
  if (waiting > 0) return { work: [`${waiting} events wait in the outbox`], progress: `${waiting} wait` };
  const topic = topicOf('portal-logins.v1', topicPrefix);
  await reader.read(topic);
  const { rows } = await sql.auth.query<{ partition: number; next: number }>(
    'select partition, next_offset::float8 as next from consumer_offset where topic = $1 order by partition',
    [topic],
  );
  const applied = new Map(rows.map(({ partition, next }) => [partition, next]));
  const behind = partitionsBehind(applied, reader.positions(topic));
  const work = behind.length === 0 ? [] : [`the auth app is behind on ${behind.length} partitions`];
  return { work, progress: JSON.stringify(rows) };
}

/**
 * Partitions that are not applied to their ends. A position beyond the end is that of a deleted topic: the auth app has not noticed the new one.
 * @param applied next offsets by partition
 * @param ends the same, of what is on the topic
 */
export const partitionsBehind = (applied: ReadonlyMap<number, number>, ends: ReadonlyMap<number, number>): number[] =>
  [...ends].filter(([partition, end]) => (applied.get(partition) ?? 0) !== end).map(([partition]) => partition);

/** Collects the evidence. */
export async function collect({ sql, reader, topicPrefix }: ObservedSystem, facts: EpisodeFacts): Promise<Evidence> {
  const { operations, fromContactId: from, recovery, canary, folder } = facts;
  const read = async (name: TopicName): Promise<TopicRecord[]> =>
    (await reader.read(topicOf(name, topicPrefix))).map((record) => ({ ...record, key: record.key ?? '' }));
  const [contacts, logins] = [await read('contacts.v1'), await read('portal-logins.v1')];
  const deadLetters = await read('portal-logins.v1.dead-letters');
  const [gatewayDump, authDump] = await Promise.all([dump(sql.gateway), dump(sql.auth)]);
  const secrets = searchTexts(canary, [
    { place: 'the topics', text: [...contacts, ...logins, ...deadLetters].map(textOf).join('\n') },
    { place: "the gateway's database", text: gatewayDump },
    { place: "the auth app's database", text: authDump },
  ]);
  const isJudged = ({ key }: TopicRecord): boolean => Number(key) >= from && Number(key) < UNUSED_CONTACT_IDS;
  return {
    ...(await readDatabases(sql, from, UNUSED_CONTACT_IDS)),
    operations,
    topics: { contacts: contacts.filter(isJudged), logins: logins.filter(isJudged) },
    deadLetters: { found: deadLetters.filter(isJudged).map(({ key }) => key), expected: [] },
    recovery,
    secrets: folder === undefined ? secrets : [...secrets, ...(await searchLogs(canary, folder))],
  };
}

const textOf = ({ value, headers }: TopicRecord): string => JSON.stringify([value, headers]);
