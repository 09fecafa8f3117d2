import type { EntityManager } from '@mikro-orm/postgresql';
import { query, type PreparedStatement, type StatementTransaction } from '#app/postgres';
import { SHORT_WAITS } from '../writes/write-waits.js';
import { Company } from './company.entity.js';
import { CompanyNotFound } from './company.errors.js';

/** A company locked for its own change, and the time of that change by the database's clock. */
export interface LockedCompany {
  company: Company;
  at: Date;
}

/**
 * Locks a company until the transaction ends, with the lock that a new membership takes too. For another lock the transaction waits
 * only a moment.
 * @throws {CompanyNotFound}
 */
export async function lockCompany(em: EntityManager, companyId: number): Promise<LockedCompany> {
  const locked = 'select from company where id = $1 and closed_at is null for no key update';
  const statement = `select clock_timestamp() as now, ${SHORT_WAITS} from (${locked}) locked`;
  const [row] = await query<{ now: string | Date }>(em, statement, [companyId]);
  if (!row) throw new CompanyNotFound();
  return { company: await em.findOneOrFail(Company, companyId), at: new Date(row.now) };
}

// One statement: a batch that finds a company locked has no more round trips than others.
const lockOf = (name: string, lock: 'no key update' | 'share'): PreparedStatement => ({
  name,
  text: `with free as (
      select id, name, closed_at is null as is_open from company where id = any($1::bigint[]) order by id for ${lock} skip locked
    )
    select c.id, free.id is not null as is_locked, free.name, free.is_open
    from company c left join free on free.id = c.id where c.id = any($1::bigint[])`,
});
const LOCK = lockOf('companies-lock', 'no key update');
const SHARE = lockOf('companies-share', 'share');

/** A company that a contact can be put into, unless it is closed. */
export interface NamedCompany {
  id: number;
  name: string;
  isOpen: boolean;
}

/** The companies that a batch needs. */
export interface LockedCompanies {
  locked: ReadonlyMap<number, NamedCompany>;
  /** Those that do not exist. The others are locked by another transaction. */
  missing: ReadonlySet<number>;
}

const NONE: LockedCompanies = { locked: new Map(), missing: new Set() };

type CompanyRow = { id: string } & ({ is_locked: true; name: string; is_open: boolean } | { is_locked: false });

/** Locks companies for changes of their memberships, in the order of their ids, without waiting. */
export const lockFreeCompanies = (transaction: StatementTransaction, ids: readonly number[]): Promise<LockedCompanies> =>
  holdFree(transaction, LOCK, ids);

/** Keeps companies as they are until the transaction ends, without waiting. Transactions that do so do not wait for each other. */
export const shareFreeCompanies = (transaction: StatementTransaction, ids: readonly number[]): Promise<LockedCompanies> =>
  holdFree(transaction, SHARE, ids);

async function holdFree(
  transaction: StatementTransaction,
  statement: PreparedStatement,
  ids: readonly number[],
): Promise<LockedCompanies> {
  if (ids.length === 0) return NONE;
  const rows = await transaction.query<CompanyRow>(statement, [ids]);
  const existing = new Set(rows.map(({ id }) => Number(id)));
  const free = rows.filter((row) => row.is_locked);
  return {
    locked: new Map(free.map(({ id, name, is_open }) => [Number(id), { id: Number(id), name, isOpen: is_open }])),
    missing: new Set(ids.filter((id) => !existing.has(id))),
  };
}
