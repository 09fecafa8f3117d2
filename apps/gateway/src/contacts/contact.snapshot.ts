import { deriveAfter, deriveContact, type ContactSnapshot } from '#app/contracts';
import { namesOfKind, propertyOf } from '../wire/fields.js';
import { CONTACT_BODY_FIELDS } from './contact.fields.js';
import type { ContactAssociations, ContactState, ContactValues } from './contact.state.js';

const TEXTS = namesOfKind(CONTACT_BODY_FIELDS, 'text').map((name) => [name, propertyOf(name)] as const);
type Texts = Record<(typeof TEXTS)[number][0], string | null>;
const NO_TEXTS = Object.fromEntries(TEXTS.map(([name]) => [name, null])) as Texts;

/** The contact as answers and events show it. */
export const snapshotOf = (contact: ContactValues, { companies, tags }: ContactAssociations): ContactSnapshot =>
  deriveContact({
    id: String(contact.id),
    version: contact.version,
    created_at: contact.createdAt.toISOString(),
    updated_at: contact.updatedAt.toISOString(),
    status: 'active',
    ...textsOf(contact),
    has_portal_login: contact.hasPortalLogin,
    companies: companies as ContactSnapshot['companies'],
    tags: tags as ContactSnapshot['tags'],
  });

/** The contact after a change, before its version and time are raised. */
export const snapshotAfter = (former: ContactSnapshot, next: ContactState): ContactSnapshot =>
  deriveAfter(former, {
    ...textsOf(next),
    has_portal_login: next.hasPortalLogin,
    companies: next.companies as ContactSnapshot['companies'],
    tags: next.tags as ContactSnapshot['tags'],
  });

function textsOf(contact: ContactValues): Texts {
  const texts = { ...NO_TEXTS };
  for (const [name, property] of TEXTS) texts[name] = contact[property] ?? null;
  return texts;
}
