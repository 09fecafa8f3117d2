import { changedCompanyFields, type CompanySnapshot, type TagSnapshot } from '#app/contracts';
import type { WriteRequest } from '../writes/write-request.js';
import type { WriteUnit } from '../writes/write-unit.js';
import type { LockedCompany } from './company-locks.js';
import { companyUpdated } from './company.events.js';
import { companySnapshot } from './company.snapshot.js';

/** A changed company and its lock. */
interface PendingChange extends LockedCompany {
  before: CompanySnapshot;
  /** Its tags as they are now, sorted. */
  tags: readonly TagSnapshot[];
  request: WriteRequest;
}

/** Gives a changed company its next version and its event; an unchanged one gets neither. @returns the company as it is now */
export async function recordChange(unit: WriteUnit, change: PendingChange): Promise<CompanySnapshot> {
  const { company, before, tags, at, request } = change;
  const changed = changedCompanyFields(before, companySnapshot(company, tags));
  if (changed.length === 0) return before;
  company.advance(at);
  const after = companySnapshot(company, tags);
  await unit.record([companyUpdated({ before, after, changed }, { at: company.updatedAt, request })]);
  return after;
}
