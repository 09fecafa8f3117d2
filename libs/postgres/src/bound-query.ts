import type { EntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';
import { StatementTransaction, type PreparedStatement } from './statement-pool.js';

/** Runs statements of one transaction. */
export type StatementRunner = EntityManager | StatementTransaction;

/**
 * Runs a statement with bound parameters (`$1`), in the transaction of the runner.
 *
 * The ORM's own `execute` writes values into the SQL text, where server logs and statistics show them.
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
 * Runs a statement whose rows are not needed. In a {@link StatementTransaction} the caller does not wait for it: the commit reports
 * whether it succeeded.
 */
export async function send(
  runner: StatementRunner,
  statement: PreparedStatement | string,
  parameters: readonly unknown[],
): Promise<void> {
  if (runner instanceof StatementTransaction) void runner.query(statement, parameters);
  else await query(runner, statement, parameters);
}
