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

/** Waits until all events are published and applied. @returns what is pending when the time is over */
export async function untilSettled(observed: ObservedSystem, timeoutMs: number): Promise<string[]> {
  let pendingWork: string[] = [];
  for (const deadline = Date.now() + timeoutMs; ; await sleep(100)) {
    pendingWork = await pendingWorkOf(observed);
    if (pendingWork.length === 0 || Date.now() > deadline) return pendingWork;
  }
}

async function pendingWorkOf({ sql, reader, topicPrefix }: ObservedSystem): Promise<string[]> {
  const waiting = await waitingEvents(sql.gateway).catch(() => undefined);
  if (waiting === undefined) return ['the database does not answer'];
  if (waiting > 0) return [`${waiting} events wait in the outbox`];
  const topic = topicOf('portal-logins.v1', topicPrefix);
  await reader.read(topic);
  const { rows } = await sql.auth.query<{ partition: number; next: number }>(
    'select partition, next_offset::float8 as next from consumer_offset where topic = $1',
    [topic],
  );
  const applied = new Map(rows.map(({ partition, next }) => [partition, next]));
  const behind = [...reader.positions(topic)].filter(([partition, next]) => (applied.get(partition) ?? 0) < next);
  return behind.length === 0 ? [] : [`the auth app is behind on ${behind.length} partitions`];
}

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
