import type { EntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';
import { StatementTransaction, type PreparedStatement } from './statement-pool.js';

/** What runs statements of one transaction. */
export type StatementRunner = EntityManager | StatementTransaction;

/**
 * Runs a statement with bound parameters (`$1`), within the transaction of the runner.
 *
 * The ORM's own `execute` writes values into the text of the statement, where server logs and statistics show them.
 */
export async function query<Row>(
  runner: StatementRunner,
  statement: PreparedStatement | string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  if (runner instanceof StatementTransaction) return (await runner.query(statement, parameters)) as Row[];
  const text = typeof statement === 'string' ? statement : statement.text;
  const { rows } = await runner.getKysely().executeQuery<Row>(CompiledQuery.raw(text, [...parameters]));
  return rows;
}

/**
 * Runs a statement of which no rows are needed. In a {@link StatementTransaction} nothing waits for it: whether it succeeded the
 * commit tells.
 */
export async function send(
  runner: StatementRunner,
  statement: PreparedStatement | string,
  parameters: readonly unknown[],
): Promise<void> {
  if (runner instanceof StatementTransaction) void runner.query(statement, parameters);
  else await query(runner, statement, parameters);
}
