import { deriveAfter, deriveFilled, type ContactSnapshot } from '#app/contracts';
import { namesOfKind, propertyOf } from '../wire/fields.js';
import { CONTACT_BODY_FIELDS } from './contact.fields.js';
import type { ContactAssociations, ContactState, ContactValues } from './contact.state.js';

const TEXTS = namesOfKind(CONTACT_BODY_FIELDS, 'text').map((name) => [name, propertyOf(name)] as const);

type OwnFields = Parameters<Parameters<typeof deriveFilled>[0]>[0];

/** The contact as answers and events show it. */
export const snapshotOf = (contact: ContactValues, associations: ContactAssociations): ContactSnapshot =>
  deriveFilled((blank) => {
    blank.id = String(contact.id);
    blank.version = contact.version;
    blank.created_at = contact.createdAt;
    blank.updated_at = contact.updatedAt;
    blank.status = 'active';
    fill(blank, contact, associations);
  });

/** The contact after a change, before its version and time are raised. */
export const snapshotAfter = (former: ContactSnapshot, next: ContactState): ContactSnapshot =>
  deriveAfter(former, (copy) => fill(copy, next, next));

/** Sets what an update can change. */
function fill(fields: OwnFields, contact: ContactValues, { companies, tags }: ContactAssociations): void {
  for (const [name, property] of TEXTS) fields[name] = contact[property] ?? null;
  fields.has_portal_login = contact.hasPortalLogin;
  fields.companies = companies as ContactSnapshot['companies'];
  fields.tags = tags as ContactSnapshot['tags'];
}
