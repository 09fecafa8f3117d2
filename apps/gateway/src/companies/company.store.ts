import type { EntityManager } from '@mikro-orm/postgresql';
import { byTagName, type CompanySnapshot, type TagSnapshot } from '#app/contracts';
import { query } from '#app/postgres';
import { namesOfKind, propertyOf } from '../wire/fields.js';
import type { CompanyValues } from './company.entity.js';
import { CompanyNotFound } from './company.errors.js';
import { COMPANY_BODY_FIELDS } from './company.fields.js';
import { companySnapshot } from './company.snapshot.js';

const TEXTS = namesOfKind(COMPANY_BODY_FIELDS, 'text').map((name) => `c.${name} as "${propertyOf(name)}"`);

/** The columns of a company `c`, named as its values. */
export const COMPANY_COLUMNS = `c.id, c.version, c.created_at as "createdAt", c.updated_at as "updatedAt", ${TEXTS.join(', ')}`;

/** The row that {@link COMPANY_COLUMNS} read. */
export type CompanyRow = Omit<CompanyValues, 'id' | 'version' | 'createdAt' | 'updatedAt'> &
  Record<'id' | 'version', string> &
  Record<'createdAt' | 'updatedAt', Date | string>;

// One statement: the version and the tags are of one snapshot.
const READ = `
  select ${COMPANY_COLUMNS}, (
    select json_agg(json_build_object('id', t.id, 'name', t.name, 'description', t.description, 'icon', t.icon, 'color', t.color))
    from company_tag ct join tag t on t.id = ct.tag_id where ct.company_id = c.id) as tags
  from company c where c.id = $1 and c.closed_at is null`;

/**
 * Reads a company that is not closed, without a lock.
 * @throws {CompanyNotFound}
 */
export async function readCompany(em: EntityManager, companyId: number): Promise<CompanySnapshot> {
  const [row] = await query<CompanyRow & { tags: TagSnapshot[] | null }>(em, READ, [companyId]);
  if (!row) throw new CompanyNotFound();
  const { tags, ...company } = row;
  return snapshotOfRow(company, (tags ?? []).sort(byTagName));
}

/** @param tags sorted */
export function snapshotOfRow({ id, version, createdAt, updatedAt, ...texts }: CompanyRow, tags: TagSnapshot[]): CompanySnapshot {
  const times = { createdAt: new Date(createdAt), updatedAt: new Date(updatedAt) };
  return companySnapshot({ ...texts, ...times, id: Number(id), version: Number(version) }, tags);
}
