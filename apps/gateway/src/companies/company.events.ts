import {
  BOOKKEEPING_FIELDS,
  COMPANY_FIELDS,
  type CompanyField,
  type CompanySnapshot,
  type ContactSyncEvent,
} from '#app/contracts';
import { eventAttributes, type EventMetadata } from '../writes/event-metadata.js';

/** One change of one company, by value. */
interface CompanyChange {
  before: CompanySnapshot;
  after: CompanySnapshot;
  changed: CompanyField[];
}

/** A company was created. */
export function companyCreated(company: CompanySnapshot, metadata: EventMetadata): ContactSyncEvent<'CompanyCreated'> {
  const changed = COMPANY_FIELDS.filter((name) => !BOOKKEEPING_FIELDS.has(name));
  const data = { company_id: company.id, version: company.version, changed, company };
  return { ...eventAttributes(metadata), name: 'CompanyCreated', data };
}

/** A company changed; `changed` is never empty. */
export function companyUpdated(
  { before, after, changed }: CompanyChange,
  metadata: EventMetadata,
): ContactSyncEvent<'CompanyUpdated'> {
  const former = Object.fromEntries(changed.map((name) => [name, before[name]]));
  const data = { company_id: after.id, version: after.version, changed, before: former, company: after };
  return { ...eventAttributes(metadata), name: 'CompanyUpdated', data };
}

/** A company was deleted after its last contact left it; `version` is the company's last one. */
export function companyDeleted(
  { id, version }: Pick<CompanySnapshot, 'id' | 'version'>,
  metadata: EventMetadata,
): ContactSyncEvent<'CompanyDeleted'> {
  return { ...eventAttributes(metadata), name: 'CompanyDeleted', data: { company_id: id, version: version + 1 } };
}
