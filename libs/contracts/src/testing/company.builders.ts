import { changedCompanyFields, deriveCompany, type UnderivedCompany } from '../company.derivation.js';
import type { CompanySnapshot } from '../company.schema.js';
import type { ContactSyncEvent } from '../events.js';
import type { Occasion } from './contact.builders.js';
import { tagsOf, type TagFields } from './contact.fields.js';
import { nextAttributes, nextCompanyId } from './event.numbers.js';

/** An event with a company in it. */
export type CompanyState = ContactSyncEvent<'CompanyCreated' | 'CompanyUpdated'>;

/** What a company itself has. `full_address` is worked out as the gateway does. */
export interface OwnCompanyFields extends Partial<
  Pick<CompanySnapshot, 'name' | 'phone' | 'address' | 'address_line_2' | 'city' | 'state' | 'postal_code' | 'country' | 'notes'>
> {
  tags?: readonly TagFields[];
}

/** A company that is created; with a `company_id` of its own unless one is given. */
export function aCompanyCreated(
  { company_id = nextCompanyId(), ...fields }: OwnCompanyFields & { company_id?: number } = {},
  occasion?: Occasion,
): ContactSyncEvent<'CompanyCreated'> {
  const attributes = nextAttributes(occasion);
  const { time } = attributes;
  const company = companyOf({ ...NEW_COMPANY, id: company_id, created_at: time, updated_at: time }, fields);
  return {
    ...attributes,
    name: 'CompanyCreated',
    data: { company_id, version: 1, changed: changedCompanyFields(NOTHING, company), company },
  };
}

/**
 * A company that is changed by one transaction, one version after the event that is given, or after a creation that nobody saw.
 * Without fields it is the name that changes.
 * @throws {TypeError} where the fields change nothing: there is no event for that
 */
export function aCompanyUpdated(
  fields: OwnCompanyFields = {},
  { after = aCompanyCreated(), ...occasion }: Occasion & { after?: CompanyState } = {},
): ContactSyncEvent<'CompanyUpdated'> {
  const { company_id, version, company: before } = after.data;
  const attributes = nextAttributes(occasion);
  const patch = Object.keys(fields).length === 0 ? { name: `Acme Corp ${version + 1}` } : fields;
  const company = companyOf({ ...before, version: version + 1, updated_at: attributes.time }, patch);
  const changed = changedCompanyFields(before, company);
  if (changed.length === 0) throw new TypeError('Nothing of the company changes: there is no event for that.');
  const former = Object.fromEntries(changed.map((name) => [name, before[name]]));
  return {
    ...attributes,
    name: 'CompanyUpdated',
    data: { company_id, version: company.version, changed, before: former, company },
  };
}

/** A company that is deleted, one version after the event that is given, or after a creation that nobody saw. */
export function aCompanyDeleted({
  after = aCompanyCreated(),
  ...occasion
}: Occasion & { after?: CompanyState } = {}): ContactSyncEvent<'CompanyDeleted'> {
  const { company_id, version } = after.data;
  return { ...nextAttributes(occasion), name: 'CompanyDeleted', data: { company_id, version: version + 1 } };
}

const NEW_COMPANY = {
  version: 1,
  name: 'Acme Corp',
  status: 'active',
  phone: null,
  address: null,
  address_line_2: null,
  city: null,
  state: null,
  postal_code: null,
  country: null,
  notes: null,
  tags: [],
};

// Of a company that is created everything is new.
const NOTHING = {} as CompanySnapshot;

const companyOf = (former: UnderivedCompany, { tags, ...own }: OwnCompanyFields): CompanySnapshot =>
  deriveCompany({ ...former, ...own, ...(tags && { tags: tagsOf(tags) }) });
