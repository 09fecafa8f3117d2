import type { EntityManager } from '@mikro-orm/postgresql';
import { RELAY_LOCK, TopicScan, type Outbox } from '#app/messaging';
import { TaskRefused, type TaskRun } from '#app/terminal';
import type { Kafka } from 'kafkajs';
import type pg from 'pg';
import { TimedOut } from '../wire/deadline.js';
import { isLockedElsewhere } from '../writes/write-waits.js';
import { raiseSequences } from './raise-sequences.js';
import { repairOrigin } from './repair-origin.js';
import { resyncCompaniesAfter, withdrawCompaniesAfter } from './resync-companies.js';
import { LOCKED_MS, resyncContactsAfter, withdrawStrangersAfter, type ResyncedPage, type ResyncParts } from './resync-pages.js';
import { countRowsOfOtherTopics, moveRowsOfOtherTopics } from './rows-of-other-topics.js';
import { SeenKeys, type SeenMarks } from './seen-keys.js';

interface ResyncSetting {
  em: EntityManager;
  outbox: Outbox;
  kafka: Kafka;
  /** A session on the gateway's database. */
  session: pg.Client;
  /** Full names of the topics of contacts, companies and logins. */
  topics: readonly string[];
  /** The keys of the gateway's marks, and the topic with marked records; undefined: marks are not checked. */
  marks: SeenMarks | undefined;
  /** Reads and counts, and changes nothing. */
  dryRun: boolean;
}

export interface ResyncResult {
  /** Contacts of the gateway, and how many of them have an older version than on the topics. */
  contacts: number;
  contactsBehind: number;
  loginsBehind: number;
  /** Keys that live on the topics and that the gateway lacks. */
  strangers: number;
  /** The same for companies. */
  companies: number;
  companiesBehind: number;
  companyStrangers: number;
  /** Events that wait for topics of another prefix: they go to the topics of this one. */
  waitingElsewhere: number;
  unreadable: number;
  /** Records of logins that the gateway did not write: they raise nothing. */
  unauthentic: number;
  published: Published;
}

interface Published {
  contacts: number;
  withdrawn: number;
  companies: number;
  withdrawnCompanies: number;
}

/**
 * Brings all readers of the topics to the state of a database that lost commits: raises all numbers above those that the topics
 * have seen, publishes every contact, login and company, and withdraws what is not there. Run again after an interruption it jumps
 * once more.
 * @throws {TaskRefused} while a gateway runs
 */
export async function resync(setting: ResyncSetting, run: TaskRun): Promise<ResyncResult> {
  const { session, kafka, topics, marks, dryRun } = setting;
  if (!dryRun) await refuseRunningGateways(session);
  const seen = await SeenKeys.on(session, marks);
  await readTopics(kafka, topics, seen, run);
  const found = { ...(await compare(session, seen)), waitingElsewhere: await countRowsOfOtherTopics(session, topics) };
  if (dryRun) return { ...found, published: { contacts: 0, withdrawn: 0, companies: 0, withdrawnCompanies: 0 } };
  await refuseLateGateways(session);
  await moveRowsOfOtherTopics(session, topics);
  await raiseSequences(session, seen.maxima);
  await raiseVersions(session, seen);
  return { ...found, published: await publishAll(setting, seen, { run, found }) };
}

/** Before anything is published: after an interruption, what a gateway changes is newer than what readers have. */
async function raiseVersions(session: pg.Client, { contacts, companies }: SeenKeys): Promise<void> {
  await session.query(`set lock_timeout = ${LOCKED_MS}`);
  await contacts.raiseVersions().catch(refuseLocked);
  await companies.raiseVersions().catch(refuseLocked);
}

function refuseLocked(error: unknown): never {
  if (!isLockedElsewhere(error) && !(error instanceof TimedOut)) throw error;
  throw new TaskRefused('Another transaction keeps a contact or company locked: end it, and run resync again.');
}

async function compare(session: pg.Client, seen: SeenKeys): Promise<Omit<ResyncResult, 'waitingElsewhere' | 'published'>> {
  const { rows } = await session.query<{ contacts: string; companies: string }>(
    'select (select count(*) from contact) as contacts, (select count(*) from company) as companies',
  );
  return {
    contacts: Number(rows[0]!.contacts),
    ...(await seen.contacts.compare()),
    companies: Number(rows[0]!.companies),
    ...(await seen.companies.compare()),
    unreadable: seen.unreadable,
    unauthentic: seen.unauthentic,
  };
}

async function readTopics(kafka: Kafka, topics: readonly string[], seen: SeenKeys, { progress, signal }: TaskRun): Promise<void> {
  const scan = await TopicScan.open(kafka, topics, { onProgress: progress, signal });
  try {
    await scan.toEnd((_partitionIndex, records) => seen.add(records));
  } finally {
    await scan.close();
  }
}

interface Publishing {
  run: TaskRun;
  found: Pick<ResyncResult, 'contacts' | 'strangers' | 'companies' | 'companyStrangers'>;
}

async function publishAll(
  { em, outbox, session }: ResyncSetting,
  seen: SeenKeys,
  { run, found }: Publishing,
): Promise<Published> {
  const parts: ResyncParts = { em, outbox, seen, origin: repairOrigin('resync') };
  const total = found.contacts + found.strangers + found.companies + found.companyStrangers;
  let done = 0;
  const inPages = async (page: (parts: ResyncParts, last: number) => Promise<ResyncedPage | undefined>): Promise<number> => {
    const before = done;
    for (let last = 0; ;) {
      run.signal.throwIfAborted();
      const result = await page(parts, last).catch(refuseLocked);
      await refuseLateGateways(session);
      if (!result) return done - before;
      last = result.last;
      done += result.count;
      run.progress({ done: Math.min(done, total), total });
    }
  };
  return {
    contacts: await inPages(resyncContactsAfter),
    withdrawn: await inPages(withdrawStrangersAfter),
    companies: await inPages(resyncCompaniesAfter),
    withdrawnCompanies: await inPages(withdrawCompaniesAfter),
  };
}

/** With the relay's lock held no gateway publishes; a running gateway would write versions that this run has not raised yet. */
async function refuseRunningGateways(session: pg.Client): Promise<void> {
  const { rows } = await session.query<{ locked: boolean }>('select pg_try_advisory_lock(hashtext($1)) as locked', [RELAY_LOCK]);
  if (rows[0]!.locked && !(await isGatewayConnected(session))) return;
  throw new TaskRefused('A gateway is connected to this database: stop every gateway first.');
}

/** A gateway that was started during the run can have used versions and ids that were not raised yet. */
async function refuseLateGateways(session: pg.Client): Promise<void> {
  if (!(await isGatewayConnected(session))) return;
  throw new TaskRefused('A gateway connected to this database during the run: stop every gateway, and run resync again.');
}

async function isGatewayConnected(session: pg.Client): Promise<boolean> {
  const { rowCount } = await session.query(
    `select from pg_stat_activity
      where datname = current_database() and application_name in ('contact-sync gateway', 'contact-sync relay') limit 1`,
  );
  return rowCount! > 0;
}
