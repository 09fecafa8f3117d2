import { MikroORM } from '@mikro-orm/postgresql';
import { describeError } from '#app/http';
import { isTransientDatabaseError } from '#app/postgres';
import { InvalidSettings } from '#app/settings';
import { ormOptions } from '../orm.js';
import { readTokenEnv } from '../env.js';
import { CodedError } from '../wire/coded.error.js';
import { ValidationFailed, type FieldErrors } from '../wire/validation.error.js';
import type { TokenOrder } from './token-command.js';
import { TokenAdmin } from './token-admin.js';

/** What to print, and where: of these one is there. */
export interface Outcome {
  done?: string;
  refused?: string;
}

/** Carries out an order on the database that the environment names; never throws. */
export async function runOrder(order: Exclude<TokenOrder, { action: 'help' }>): Promise<Outcome> {
  try {
    const { databaseUrl, secret } = readTokenEnv();
    return { done: await onDatabase(databaseUrl, (orm) => new TokenAdmin(orm.em, secret).carryOut(order)) };
  } catch (error) {
    return { refused: report(error) };
  }
}

async function onDatabase(url: string, work: (orm: MikroORM) => Promise<string>): Promise<string> {
  const orm = await MikroORM.init(ormOptions(url));
  try {
    return await work(orm);
  } catch (error) {
    throw isTransientDatabaseError(error) ? new DatabaseAway(url) : error;
  } finally {
    await orm.close();
  }
}

/** Says the address alone: the URL holds a password. */
class DatabaseAway extends Error {
  constructor(url: string) {
    super(`The database at ${new URL(url).host} does not answer.`);
  }
}

function report(error: unknown): string {
  if (error instanceof ValidationFailed) return linesOf(error.errors);
  const isTold = [InvalidSettings, DatabaseAway, CodedError].some((type) => error instanceof type);
  return isTold ? (error as Error).message : `Not done: ${JSON.stringify(describeError(error))}`;
}

const linesOf = (errors: FieldErrors): string =>
  Object.entries(errors)
    .flatMap(([field, reasons]) => reasons.map((reason) => `${field} ${reason}.`))
    .join('\n');
