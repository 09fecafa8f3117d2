import { text } from 'node:stream/consumers';
import { MikroORM } from '@mikro-orm/postgresql';
import { Logger } from '@nestjs/common';
import { topicOf } from '#app/contracts';
import { readOpeningKeys, readSealingKey } from '#app/credentials';
import { createKafka, kafkaDefectOf, Outbox } from '#app/messaging';
import {
  connect,
  connectionDefectOf,
  type DatabaseUrl,
  describeError,
  isTransientDatabaseError,
  requireOwnSession,
  SESSION_LIMITS,
  UnfitDatabase,
} from '#app/postgres';
import { InvalidSettings } from '#app/settings';
import { runAppTask, TaskRefused, type TaskRun } from '#app/terminal';
import { ormOptions } from './orm.js';
import { readRepairEnv, readResealEnv, readResyncEnv } from './env.js';
import { remarkLogins, type RemarkResult } from './repair/remark-logins.js';
import { repairOrigin } from './repair/repair-origin.js';
import { republishCompanies, type StaleCompany } from './repair/republish-companies.js';
import { republishLogins, type StaleLogin } from './repair/republish-logins.js';
import { resealCredentials, type ResealResult } from './repair/reseal-credentials.js';
import { resync, type ResyncResult } from './repair/resync.js';

const APPLICATION_NAME = 'contact-sync repair';

/** @throws {TaskRefused} @throws {InvalidSettings} */
function repair(args: readonly string[], run: TaskRun): Promise<object> {
  const [name, ...options] = args;
  const dryRun = options.includes('--dry-run');
  if (name === 'republish') return runRepublish(run);
  if (name === 'remark') return runRemark(run);
  if (name === 'reseal') return runReseal(dryRun, run);
  if (name === 'resync') return runResync(dryRun, run);
  throw new TaskRefused('Say which repair: republish, remark, reseal or resync.');
}

interface Stale {
  /** Which asks for it; the events name it. */
  command?: string;
  logins: StaleLogin[];
  companies: StaleCompany[];
}

/** What is republished comes as JSON on standard input: it can be too much for a command line. */
async function runRepublish(run: TaskRun): Promise<{ published: number }> {
  const { databaseUrl, topicPrefix } = readRepairEnv();
  const { command = 'verify-repair', logins, companies } = JSON.parse(await text(process.stdin)) as Stale;
  return onDatabase(databaseUrl, async ({ em }) => {
    const parts = { em, outbox: outboxOf(topicPrefix), origin: repairOrigin(command) };
    const published = await republishLogins(parts, logins, run);
    return { published: published + (await republishCompanies(parts, companies, run)) };
  });
}

/** Publishes every login again, so that the relay marks it. */
async function runRemark(run: TaskRun): Promise<RemarkResult> {
  const { databaseUrl, topicPrefix } = readRepairEnv();
  return onDatabase(databaseUrl, ({ em }) => remarkLogins(em, outboxOf(topicPrefix), run));
}

async function runReseal(dryRun: boolean, run: TaskRun): Promise<ResealResult> {
  const { databaseUrl, topicPrefix, credentialPublicKeys, credentialPrivateKeys } = readResealEnv();
  const [sealing, opening] = [await readSealingKey(credentialPublicKeys), await readOpeningKeys(credentialPrivateKeys)];
  // The auth app cannot open a credential that is sealed to a key that it lacks.
  if (!opening.has(sealing.kid)) throw new TaskRefused(`The private keys lack the newest one, ${sealing.kid}.`);
  return onDatabase(databaseUrl, ({ em }) =>
    resealCredentials({ em, outbox: outboxOf(topicPrefix), sealing, opening, dryRun }, run),
  );
}

async function runResync(dryRun: boolean, run: TaskRun): Promise<ResyncResult> {
  const { databaseUrl, topicPrefix, kafka: connection, eventMacKeys } = readResyncEnv();
  const kafka = createKafka({ ...connection, clientId: 'contact-sync-repair' }, new Logger('Kafka'));
  const options = { url: databaseUrl, applicationName: APPLICATION_NAME, connectMs: SESSION_LIMITS.connectMs };
  const session = await connect(options);
  try {
    // It holds the relay's lock, and what was read, in temporary tables.
    await requireOwnSession(session, options);
    const topics = (['contacts.v1', 'companies.v1', 'portal-logins.v1'] as const).map((name) => topicOf(name, topicPrefix));
    const marks = eventMacKeys && { keys: eventMacKeys, topic: topicOf('portal-logins.v1', topicPrefix) };
    return await onDatabase(databaseUrl, ({ em }) =>
      resync({ em, outbox: outboxOf(topicPrefix), kafka, session, topics, marks, dryRun }, run),
    );
  } finally {
    await session.end().catch(() => undefined);
  }
}

const outboxOf = (topicPrefix: string): Outbox => new Outbox({ topicPrefix, validate: true });

async function onDatabase<T>(url: DatabaseUrl, work: (orm: MikroORM) => Promise<T>): Promise<T> {
  const options = ormOptions(url);
  // The sessions' name identifies a gateway, so this one has another name.
  const driverOptions = { ...options.driverOptions, application_name: APPLICATION_NAME };
  const orm = await MikroORM.init({ ...options, driverOptions });
  try {
    return await work(orm);
  } finally {
    await orm.close();
  }
}

function explain(error: unknown): string {
  if (error instanceof InvalidSettings || error instanceof UnfitDatabase) return error.message;
  const defect = kafkaDefectOf(error);
  if (defect) return defect;
  if (isTransientDatabaseError(error)) return connectionDefectOf(error) ?? 'The database does not answer.';
  return `Not done: ${JSON.stringify(describeError(error))}`;
}

// The gateway's part of the repairs that an operator starts and watches by `npm run events`.
Logger.overrideLogger(false);
await runAppTask((run) => repair(process.argv.slice(2), run), explain);
