import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import type { Outbox, OutboxDraft } from '#app/messaging';
import { inTransaction } from '#app/postgres';
import type { TaskRun } from '#app/terminal';
import { Company } from '../companies/company.entity.js';
import { companyDeleted } from '../companies/company.events.js';
import { readCompanyTags } from '../companies/tags/company-tags.js';
import { databaseTime } from '../writes/database-time.js';
import type { EventOrigin } from '../contacts/contact.events.js';
import { untilOutboxHasRoom } from './outbox-room.js';
import { republished } from './resync-companies.js';

const COMPANIES_AT_ONCE = 100;

/** A company to publish again. */
export interface StaleCompany {
  companyId: number;
  /** Greatest version outside the gateway. */
  above: number;
}

interface RepublishParts {
  em: EntityManager;
  outbox: Outbox;
  /** The event metadata of the command. */
  origin: EventOrigin;
}

/** Publishes companies as the gateway has them, each as a new version; those that it lacks as deleted. */
export async function republishCompanies(
  { em, outbox, origin }: RepublishParts,
  companies: readonly StaleCompany[],
  { progress, signal }: TaskRun,
): Promise<number> {
  const sorted = [...companies].sort((a, b) => a.companyId - b.companyId);
  for (let from = 0; from < sorted.length; from += COMPANIES_AT_ONCE) {
    await untilOutboxHasRoom(em, signal);
    const some = sorted.slice(from, from + COMPANIES_AT_ONCE);
    await inTransaction(em, async (inner) => {
      const drafts = await draftsOf(inner, some, origin);
      await inner.flush();
      await outbox.add(inner, drafts);
    });
    progress({ done: from + some.length, total: sorted.length });
  }
  return sorted.length;
}

async function draftsOf(em: EntityManager, stale: readonly StaleCompany[], request: EventOrigin): Promise<OutboxDraft[]> {
  const ids = stale.map(({ companyId }) => companyId);
  const lock = { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE } as const;
  const companies = new Map((await em.find(Company, { id: { $in: ids } }, lock)).map((company) => [company.id, company]));
  const [tags, at] = [await readCompanyTags(em, [...companies.keys()]), await databaseTime(em)];
  return stale.map(({ companyId, above }) => {
    const company = companies.get(companyId);
    if (!company) return companyDeleted({ id: companyId, version: above }, { at, request });
    company.version = Math.max(company.version, above) + 1;
    return republished(company, tags.get(companyId)!, { at, request });
  });
}
