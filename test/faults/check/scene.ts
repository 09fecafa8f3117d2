import { setTimeout as sleep } from 'node:timers/promises';
import { topicOf } from '#app/contracts';
import type pg from 'pg';
import type { Operation } from '../load/history.js';
import { dump, readDatabases, waitingEvents } from './databases.js';
import type { Evidence, Recovery, TopicRecord } from './evidence.js';
import { searchLogs, searchTexts } from './secrets.js';
import type { TopicReader } from './topic-reader.js';

/** Ids from here on are of contacts that there are none of: what is judged leaves them out. */
export const STRANGERS = 9_000_000_000;

/** Where the checker looks: past every proxy, by clients of its own. */
export interface Scene {
  sql: { gateway: pg.Pool; auth: pg.Pool };
  reader: TopicReader;
  topicPrefix: string;
}

/** What the checker is told beside what it sees. */
export interface Account {
  operations: readonly Operation[];
  /** The first of the contacts that are judged. */
  fromContactId: number;
  recovery: Recovery;
  canary: string;
  /** Its logs are searched. */
  folder?: string;
}

/** Waits until all events are published and applied. @returns what is still to be done when time is out */
export async function untilRest(scene: Scene, timeoutMs: number): Promise<string[]> {
  let unrest: string[] = [];
  for (const deadline = Date.now() + timeoutMs; ; await sleep(100)) {
    unrest = await unrestOf(scene);
    if (unrest.length === 0 || Date.now() > deadline) return unrest;
  }
}

async function unrestOf({ sql, reader, topicPrefix }: Scene): Promise<string[]> {
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

/** Gathers what is to be judged. */
export async function collect({ sql, reader, topicPrefix }: Scene, account: Account): Promise<Evidence> {
  const { operations, fromContactId: from, recovery, canary, folder } = account;
  const read = (name: Parameters<typeof topicOf>[0]): Promise<TopicRecord[]> => reader.read(topicOf(name, topicPrefix));
  const [contacts, logins] = [await read('contacts.v1'), await read('portal-logins.v1')];
  const deadLetters = await read('portal-logins.v1.dead-letters');
  const [gatewayDump, authDump] = await Promise.all([dump(sql.gateway), dump(sql.auth)]);
  const secrets = searchTexts(canary, [
    { place: 'the topics', text: [...contacts, ...logins, ...deadLetters].map(textOf).join('\n') },
    { place: "the gateway's database", text: gatewayDump },
    { place: "the auth app's database", text: authDump },
  ]);
  const isJudged = ({ key }: TopicRecord): boolean => Number(key) >= from && Number(key) < STRANGERS;
  return {
    ...(await readDatabases(sql, from, STRANGERS)),
    operations,
    topics: { contacts: contacts.filter(isJudged), logins: logins.filter(isJudged) },
    deadLetters: { found: deadLetters.filter(isJudged).map(({ key }) => key), expected: [] },
    recovery,
    secrets: folder === undefined ? secrets : [...secrets, ...(await searchLogs(canary, folder))],
  };
}

const textOf = ({ value, headers }: TopicRecord): string => JSON.stringify([value, headers]);
