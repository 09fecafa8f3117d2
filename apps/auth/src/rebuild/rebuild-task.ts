import { MikroORM } from '@mikro-orm/postgresql';
import { NestFactory } from '@nestjs/core';
import type { TopicReplay } from '#app/messaging';
import { TaskRefused, type TaskRun } from '#app/terminal';
import { connect, requireOwnSession, SESSION_LIMITS } from '#app/postgres';
import type pg from 'pg';
import { ormOptions } from '../database/orm.js';
import type { RebuildEnv } from '../env.js';
import { compareProjection, type Comparison } from './comparison.js';
import { openLoginReplay, type LoginReplay } from './login-replay.js';
import { dropProjection, hasProjection, makeProjection, noteTopic, projectionOrm, projectionStatements } from './projection.js';
import { RebuildModule } from './rebuild.module.js';
import { swapProjection } from './swap.js';

const LOCK_NAME = 'contact-sync auth rebuild';

export const REBUILD_STEPS = ['prepare', 'swap', 'drop'] as const;
type RebuildStep = (typeof REBUILD_STEPS)[number];

export interface RebuildResult {
  comparison: Comparison | null;
  /** Records that were read, by outcome. */
  records: TopicReplay['counts'] | null;
  seconds: number;
  /** How long the live logins could not be changed, in milliseconds; reads went on. */
  heldMs: number | null;
}

/**
 * Rebuilds the logins from the topic's beginning: `prepare` makes the new projection next to the live one and compares,
 * `swap` replaces the live one by it, `drop` deletes it.
 * @throws {TaskRefused} {@link UnfitDatabase} {@link ReplayStopped}
 */
export async function rebuild(step: RebuildStep, env: RebuildEnv, run: TaskRun): Promise<RebuildResult> {
  const session = {
    url: env.databaseUrl,
    applicationName: 'contact-sync auth rebuild',
    connectMs: SESSION_LIMITS.connectMs,
  };
  const database = await connect(session);
  try {
    // Which tables a statement reads and writes hangs on the session's search path.
    await requireOwnSession(database, session);
    await becomeTheOnlyOne(database);
    if (step === 'prepare') return await prepare(database, env, run);
    if (step === 'swap') return await swap(database, env, run);
    await dropProjection(database);
    return { comparison: null, records: null, seconds: 0, heldMs: null };
  } finally {
    await database.end().catch(() => undefined);
  }
}

async function prepare(database: pg.Client, env: RebuildEnv, run: TaskRun): Promise<RebuildResult> {
  const began = performance.now();
  await makeProjection(database);
  const records = await withReplay(env, run, async ({ replay, topicId }) => {
    await replay.catchUp();
    await noteTopic(database, topicId);
    return replay.counts;
  });
  if (records.applied === 0) throw new TaskRefused('The topic holds no login: there is nothing to rebuild from.');
  return { comparison: await compareProjection(database), records, seconds: secondsSince(began), heldMs: null };
}

async function swap(database: pg.Client, env: RebuildEnv, run: TaskRun): Promise<RebuildResult> {
  if (!(await hasProjection(database))) throw new TaskRefused('There is no new projection: prepare one first.');
  const began = performance.now();
  return withReplay(env, run, async ({ replay }) => {
    // Applies most of the new records before the lock makes other sessions wait.
    await replay.catchUp();
    const held = performance.now();
    const comparison = await swapProjection(database, () => replay.catchUp());
    const heldMs = Math.round(performance.now() - held);
    await dropProjection(database);
    return { comparison, records: replay.counts, seconds: secondsSince(began), heldMs };
  });
}

async function withReplay<T>(env: RebuildEnv, run: TaskRun, work: (replay: LoginReplay) => Promise<T>): Promise<T> {
  const [live, projection] = await Promise.all([MikroORM.init(ormOptions(env.databaseUrl)), projectionOrm(env.databaseUrl)]);
  const module = RebuildModule.register(projection, projectionStatements(env.databaseUrl), env.credentialPrivateKeys);
  const sync = await NestFactory.createApplicationContext(module, {
    logger: false,
    abortOnError: false,
  });
  try {
    const opened = await openLoginReplay(env, { live, projection, sync }, run);
    return await work(opened).finally(() => opened.replay.close());
  } finally {
    await Promise.all([sync.close(), live.close(), projection.close()]);
  }
}

async function becomeTheOnlyOne(database: pg.Client): Promise<void> {
  const { rows } = await database.query<{ locked: boolean }>('select pg_try_advisory_lock(hashtext($1)) as locked', [LOCK_NAME]);
  if (!rows[0]!.locked) throw new TaskRefused('Another rebuild is at work on this database.');
}

const secondsSince = (began: number): number => Math.round(performance.now() - began) / 1_000;
