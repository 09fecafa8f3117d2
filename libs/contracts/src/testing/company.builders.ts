import { changedCompanyFields, deriveCompany, type UnderivedCompany } from '../company.derivation.js';
import { COMPANY_FIELDS, type CompanySnapshot } from '../company.schema.js';
import type { ContactSyncEvent } from '../events.js';
import type { EventMetadata } from './contact.builders.js';
import { tagsOf, type TagFields } from './contact.fields.js';
import { nextAttributes, nextCompanyId } from './event.numbers.js';

/** An event with a company in it. */
export type CompanyState = ContactSyncEvent<'CompanyCreated' | 'CompanyUpdated'>;

/** What a builder gives or derives by itself. */
type Given = 'id' | 'version' | 'status' | 'full_address' | 'created_at' | 'updated_at';

/** A company's own fields. `full_address` is derived as in the gateway. */
export interface OwnCompanyFields extends Partial<Omit<CompanySnapshot, Given | 'tags'>> {
  tags?: readonly TagFields[];
}

/** A created company, with a new `company_id` unless one is given. */
export function aCompanyCreated(
  { company_id = nextCompanyId(), ...fields }: OwnCompanyFields & { company_id?: number } = {},
  metadata?: EventMetadata,
): ContactSyncEvent<'CompanyCreated'> {
  const attributes = nextAttributes(metadata);
  const { time } = attributes;
  const company = companyOf({ ...NEW_COMPANY, id: company_id, created_at: time, updated_at: time }, fields);
  return {
    ...attributes,
    name: 'CompanyCreated',
    data: { company_id, version: 1, changed: changedCompanyFields(NOTHING, company), company },
  };
}

/**
 * A company changed by one transaction, one version after the given event, or after a creation outside the history.
 * Without fields, the name changes.
 * @throws {TypeError} where the fields change nothing, since there is no such event
 */
export function aCompanyUpdated(
  fields: OwnCompanyFields = {},
  { after = aCompanyCreated(), ...metadata }: EventMetadata & { after?: CompanyState } = {},
): ContactSyncEvent<'CompanyUpdated'> {
  const { company_id, version, company: before } = after.data;
  const attributes = nextAttributes(metadata);
  const patch = Object.keys(fields).length === 0 ? { name: `Acme Corp ${version + 1}` } : fields;
  const company = companyOf({ ...before, version: version + 1, updated_at: attributes.time }, patch);
  const changed = changedCompanyFields(before, company);
  if (changed.length === 0) throw new TypeError('The fields do not change the company: there is no such event.');
  const former = Object.fromEntries(changed.map((name) => [name, before[name]]));
  return {
    ...attributes,
    name: 'CompanyUpdated',
    data: { company_id, version: company.version, changed, before: former, company },
  };
}

/** A deleted company, one version after the given event, or after a creation outside the history. */
export function aCompanyDeleted({
  after = aCompanyCreated(),
  ...metadata
}: EventMetadata & { after?: CompanyState } = {}): ContactSyncEvent<'CompanyDeleted'> {
  const { company_id, version } = after.data;
  return { ...nextAttributes(metadata), name: 'CompanyDeleted', data: { company_id, version: version + 1 } };
}

const BLANK = Object.fromEntries(COMPANY_FIELDS.map((name) => [name, null])) as unknown as UnderivedCompany;
const NEW_COMPANY: UnderivedCompany = { ...BLANK, version: 1, name: 'Acme Corp', status: 'active', tags: [] };

// In a created company every field is new.
const NOTHING = {} as CompanySnapshot;

const companyOf = (former: UnderivedCompany, { tags, ...own }: OwnCompanyFields): CompanySnapshot =>
  deriveCompany({ ...former, ...own, ...(tags && { tags: tagsOf(tags) }) });
