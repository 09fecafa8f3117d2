import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';
import { assertValid, type FieldErrors } from '../wire/validation.error.js';
import { SHORT_WAITS } from '../writes/write-waits.js';
import { Company } from './company.entity.js';
import { CompanyNotFound } from './company.errors.js';

/** A company locked for its own change, and the time of that change by the database's clock. */
export interface LockedCompany {
  company: Company;
  at: Date;
}

/**
 * Locks a company until the transaction ends, with the lock that a new membership takes too, and checks the errors of the
 * request that are known already. For another lock the transaction waits only a moment.
 * @throws {CompanyNotFound} @throws {ValidationFailed}
 */
export async function lockCompany(em: EntityManager, companyId: number, errors: FieldErrors): Promise<LockedCompany> {
  const locked = 'select from company where id = $1 and closed_at is null for no key update';
  const statement = `select clock_timestamp() as now, ${SHORT_WAITS} from (${locked}) locked`;
  const [row] = await query<{ now: string | Date }>(em, statement, [companyId]);
  if (!row) throw new CompanyNotFound();
  assertValid(errors);
  return { company: await em.findOneOrFail(Company, companyId), at: new Date(row.now) };
}
