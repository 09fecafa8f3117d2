import { query, type StatementRunner } from '#app/postgres';
import { newTagErrors } from '../tags/new-tag-names.js';
import { nameDefect } from '../wire/identifiers.js';
import type { FieldErrors } from '../wire/validation.error.js';
import type { CompanyPatch } from './company.patch.js';

/**
 * Errors of names in a request that look like another name; a stored name passes.
 * @param companyId undefined for a creation
 */
export async function identifierErrors(
  runner: StatementRunner,
  companyId: number | undefined,
  { name, tags }: Pick<CompanyPatch, 'name' | 'tags'>,
): Promise<FieldErrors> {
  const errors = await newTagErrors(runner, tags);
  const defect = name === undefined ? undefined : nameDefect(name);
  if (defect === undefined || (companyId !== undefined && (await isNamed(runner, companyId, name)))) return errors;
  return { ...errors, name: [defect] };
}

async function isNamed(runner: StatementRunner, companyId: number, name: string | undefined): Promise<boolean> {
  const rows = await query(runner, 'select from company where id = $1 and name = $2', [companyId, name]);
  return rows.length > 0;
}
