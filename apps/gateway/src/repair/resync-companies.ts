import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import { BOOKKEEPING_FIELDS, COMPANY_FIELDS, type TagSnapshot } from '#app/contracts';
import type { OutboxDraft } from '#app/messaging';
import { inTransaction } from '#app/postgres';
import { Company } from '../companies/company.entity.js';
import { companyDeleted, companyUpdated } from '../companies/company.events.js';
import { companySnapshot } from '../companies/company.snapshot.js';
import { readCompanyTags } from '../companies/tags/company-tags.js';
import { Deadline } from '../wire/deadline.js';
import { databaseTime } from '../writes/database-time.js';
import type { EventMetadata } from '../writes/event-metadata.js';
import { untilUnlocked } from '../writes/write-waits.js';
import { JUMP } from './raise-sequences.js';
import { LOCKED_MS, type ResyncedPage, type ResyncParts } from './resync-pages.js';

const COMPANIES_AT_ONCE = 500;
const ALL_FIELDS = COMPANY_FIELDS.filter((name) => !BOOKKEEPING_FIELDS.has(name));

/** Publishes the companies after `last`. @returns the last of them; undefined if there is none */
export async function resyncCompaniesAfter(parts: ResyncParts, last: number): Promise<ResyncedPage | undefined> {
  return untilUnlocked(new Deadline(LOCKED_MS), () => resyncPage(parts, last));
}

function resyncPage(parts: ResyncParts, last: number): Promise<ResyncedPage | undefined> {
  return inTransaction(parts.em, async (em) => {
    const companies = await lockCompaniesAfter(em, last);
    if (companies.length === 0) return undefined;
    const ids = companies.map(({ id }) => id);
    const [tags, seen] = [await readCompanyTags(em, ids), await parts.seen.companies.versionsOf(ids)];
    const metadata = { at: await databaseTime(em), request: parts.origin };
    const drafts = companies.map((company) => {
      company.version = Math.max(company.version, seen.get(company.id) ?? 0) + JUMP;
      return republished(company, tags.get(company.id)!, metadata);
    });
    await em.flush();
    await parts.outbox.record(em, drafts);
    return { last: ids.at(-1)!, count: ids.length };
  });
}

/** Withdraws the companies behind `last` that the gateway lacks. */
export async function withdrawCompaniesAfter(parts: ResyncParts, last: number): Promise<ResyncedPage | undefined> {
  const strangers = await parts.seen.companies.strangersAfter(last, COMPANIES_AT_ONCE);
  if (strangers.length === 0) return undefined;
  await inTransaction(parts.em, async (em) => {
    const metadata = { at: await databaseTime(em), request: parts.origin };
    const drafts = strangers.map(({ companyId: id, version }) => companyDeleted({ id, version: version + JUMP - 1 }, metadata));
    await parts.outbox.record(em, drafts);
  });
  return { last: strangers.at(-1)!.companyId, count: strangers.length };
}

function lockCompaniesAfter(em: EntityManager, last: number): Promise<Company[]> {
  const page = { orderBy: { id: 'asc' }, limit: COMPANIES_AT_ONCE, lockMode: LockMode.PESSIMISTIC_WRITE_OR_FAIL } as const;
  return em.find(Company, { id: { $gt: last } }, page);
}

/** What readers knew before is not known here: so every field is said to have changed, to the value that counts. */
export function republished(company: Company, tags: readonly TagSnapshot[], { at, request }: EventMetadata): OutboxDraft {
  const after = companySnapshot(company, tags);
  const metadata = { at: at > company.updatedAt ? at : company.updatedAt, request };
  return companyUpdated({ before: after, after, changed: ALL_FIELDS }, metadata);
}
