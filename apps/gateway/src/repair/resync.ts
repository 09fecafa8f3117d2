import type { EntityManager } from '@mikro-orm/postgresql';
import { RELAY_LOCK, TopicScan, type Outbox } from '#app/messaging';
import { TaskRefused, type TaskRun } from '#app/terminal';
import type { Kafka } from 'kafkajs';
import type pg from 'pg';
import { raiseSequences } from './raise-sequences.js';
import { repairOrigin } from './repair-origin.js';
import { resyncContactsAfter, withdrawStrangersAfter, type ResyncParts } from './resync-pages.js';
import { SeenKeys, type SeenMarks } from './seen-keys.js';

interface ResyncSetting {
  em: EntityManager;
  outbox: Outbox;
  kafka: Kafka;
  /** A session of its own on the gateway's database. */
  session: pg.Client;
  /** Full names of both topics. */
  topics: readonly string[];
  /** The keys of the gateway's marks, and the topic whose records have one; undefined: none is judged. */
  marks: SeenMarks | undefined;
  /** Reads and counts, and changes nothing. */
  dryRun: boolean;
}

export interface ResyncResult {
  /** Contacts of the gateway, and how many of them have an older version than the topics. */
  contacts: number;
  contactsBehind: number;
  loginsBehind: number;
  /** Keys that the topics know as living and the gateway lacks. */
  strangers: number;
  unreadable: number;
  /** Records of logins that are not the gateway's own: they raise nothing. */
  unauthentic: number;
  published: { contacts: number; withdrawn: number };
}

/**
 * Has everybody who reads the topics end in the state of a database that lost commits: numbers everything above what the topics
 * have seen, publishes every contact and login, and withdraws what is not there. Run again after an interruption it jumps once more.
 * @throws {TaskRefused} while a gateway runs
 */
export async function resync(setting: ResyncSetting, run: TaskRun): Promise<ResyncResult> {
  const { session, kafka, topics, marks, em, outbox, dryRun } = setting;
  if (!dryRun) await refuseRunningGateways(session);
  const seen = await SeenKeys.on(session, marks);
  await readTopics(kafka, topics, seen, run);
  const { rows } = await session.query<{ contacts: string }>('select count(*) as contacts from contact');
  const { unreadable, unauthentic } = seen;
  const found = { contacts: Number(rows[0]!.contacts), ...(await seen.compare()), unreadable, unauthentic };
  if (dryRun) return { ...found, published: { contacts: 0, withdrawn: 0 } };
  await raiseSequences(session, seen.maxima);
  const parts: ResyncParts = { em, outbox, seen, origin: repairOrigin('resync') };
  const total = found.contacts + found.strangers;
  const contacts = await inPages((last) => resyncContactsAfter(parts, last), { run, total, before: 0 });
  const withdrawn = await inPages((last) => withdrawStrangersAfter(parts, last), { run, total, before: contacts });
  return { ...found, published: { contacts, withdrawn } };
}

async function readTopics(kafka: Kafka, topics: readonly string[], seen: SeenKeys, { progress, signal }: TaskRun): Promise<void> {
  const scan = await TopicScan.open(kafka, topics, { onProgress: progress, signal });
  try {
    await scan.toEnd((_partitionIndex, records) => seen.add(records));
  } finally {
    await scan.close();
  }
}

type Page = (last: number) => Promise<{ last: number; count: number } | undefined>;

async function inPages(page: Page, { run, total, before }: { run: TaskRun; total: number; before: number }): Promise<number> {
  let done = 0;
  for (let last = 0; ;) {
    run.signal.throwIfAborted();
    const result = await page(last);
    if (!result) return done;
    last = result.last;
    done += result.count;
    run.progress({ done: Math.min(before + done, total), total });
  }
}

/** Holding the relay's lock, no gateway publishes; and one that is there would write versions that this run has not raised yet. */
async function refuseRunningGateways(session: pg.Client): Promise<void> {
  const { rows } = await session.query<{ locked: boolean; gateways: number }>(
    `select pg_try_advisory_lock(hashtext($1)) as locked, (select count(*)::int from pg_stat_activity
       where datname = current_database() and application_name in ('contact-sync gateway', 'contact-sync relay')) as gateways`,
    [RELAY_LOCK],
  );
  const { locked, gateways } = rows[0]!;
  if (!locked || gateways > 0) throw new TaskRefused('A gateway is connected to this database: stop every gateway first.');
}
