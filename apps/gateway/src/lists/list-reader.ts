import { IsolationLevel, type EntityManager } from '@mikro-orm/postgresql';
import { withStatementTimeout } from '#app/postgres';
import { sql } from 'kysely';
import { listAnswer, type ListAnswer } from '../wire/page.response.js';
import type { ReadListQuery } from './list-query.js';
import { listStatement, type ListSource } from './list-statement.js';
import { assertValid } from '../wire/validation.error.js';

/** How long each statement of a list may run, in milliseconds: longer than a write, which others wait for. */
const LIST_STATEMENT_MS = 5_000;
/** How long its answer is waited for: a little longer, so that the server has its say. */
const LIST_ANSWER_MS = LIST_STATEMENT_MS + 500;

/** Runs `work` on one snapshot of the database: what it counts is what it finds and shows. */
export function onSnapshot<T>(em: EntityManager, work: (em: EntityManager) => Promise<T>): Promise<T> {
  const withTimeLimit = async (snapshot: EntityManager): Promise<T> => {
    await sql`select set_config('statement_timeout', ${String(LIST_STATEMENT_MS)}, true)`.execute(snapshot.getKysely());
    return withStatementTimeout(LIST_ANSWER_MS, () => work(snapshot));
  };
  const options = { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true };
  return em.fork({ useContext: false }).transactional(withTimeLimit, options);
}

/**
 * Reads a page of a list on a snapshot.
 * @param load the rows of these ids, in this order
 * @throws {ValidationFailed} where the query breaks rules
 */
export async function readList<T>(
  em: EntityManager,
  source: ListSource,
  { spec, errors }: ReadListQuery,
  load: (ids: number[]) => Promise<T[]>,
): Promise<ListAnswer<T>> {
  assertValid(errors);
  const { rows } = await listStatement(source, spec).execute(em.getKysely());
  const { total, ids } = rows[0]!;
  return listAnswer(spec, Number(total), await load(ids.map(Number)));
}
