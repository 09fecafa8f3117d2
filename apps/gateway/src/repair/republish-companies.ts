import type { EntityManager } from '@mikro-orm/postgresql';
import type { OutboxDraft } from '#app/messaging';
import { inTransaction } from '#app/postgres';
import type { TaskRun } from '#app/terminal';
import type { Company } from '../companies/company.entity.js';
import { companyDeleted } from '../companies/company.events.js';
import { readCompanyTags } from '../companies/tags/company-tags.js';
import { databaseTime } from '../writes/database-time.js';
import type { EventOrigin } from '../contacts/contact.events.js';
import { lockFreeRows, partition } from './locked-rows.js';
import { republishPages, type PublishedPage, type RepublishParts } from './republish-pages.js';
import { republished } from './resync-companies.js';

/** A company to publish again. */
export interface StaleCompany {
  companyId: number;
  /** Greatest version outside the gateway. */
  above: number;
  /** Whether the gateway had the company when that was read. One that it lacks by now was deleted since, with a greater version. */
  existed: boolean;
}

/**
 * Publishes companies as the gateway has them, each as a new version; those that it never had as deleted.
 * @returns how many were published
 * @throws {TaskRefused} if companies stay locked by another transaction
 */
export function republishCompanies(parts: RepublishParts, companies: readonly StaleCompany[], run: TaskRun): Promise<number> {
  return republishPages(
    companies,
    { table: 'company', idOf: ({ companyId }) => companyId, publish: (some) => publish(parts, some) },
    { em: parts.em, run },
  );
}

function publish({ em, outbox, origin }: RepublishParts, stale: readonly StaleCompany[]): Promise<PublishedPage<StaleCompany>> {
  return inTransaction(em, async (inner) => {
    const ids = stale.map(({ companyId }) => companyId);
    const { rows, lockedElsewhere } = await lockFreeRows(inner, 'company', ids);
    const [left, free] = partition(stale, ({ companyId }) => lockedElsewhere.has(companyId));
    const wanted = free.filter(({ companyId, existed }) => rows.has(companyId) || !existed);
    const drafts = await draftsOf(inner, { stale: wanted, companies: rows, request: origin });
    await inner.flush();
    await outbox.record(inner, drafts);
    return { published: drafts.length, left };
  });
}

interface LockedCompanies {
  stale: readonly StaleCompany[];
  companies: ReadonlyMap<number, Company>;
  request: EventOrigin;
}

async function draftsOf(em: EntityManager, { stale, companies, request }: LockedCompanies): Promise<OutboxDraft[]> {
  const [tags, at] = [await readCompanyTags(em, [...companies.keys()]), await databaseTime(em)];
  return stale.map(({ companyId, above }) => {
    const company = companies.get(companyId);
    if (!company) return companyDeleted({ id: companyId, version: above }, { at, request });
    company.version = Math.max(company.version, above) + 1;
    return republished(company, tags.get(companyId)!, { at, request });
  });
}
