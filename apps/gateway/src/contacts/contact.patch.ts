import { loginEmailKey } from '#app/contracts';
import { namesOfKind, propertyOf, type NamesOfKind, type PatchOf, type PropertyName } from '../wire/fields.js';
import { CONTACT_BODY_FIELDS, TEXT_COLUMNS } from './contact.fields.js';

type BodyFields = typeof CONTACT_BODY_FIELDS;
/** The contact's own text fields. */
export type TextField = PropertyName<NamesOfKind<BodyFields, 'text'>>;
/** Flags of a contact's membership in a company. */
export type Flag = PropertyName<NamesOfKind<BodyFields, 'flag'>>;

export const TEXT_FIELDS: readonly TextField[] = TEXT_COLUMNS.map(({ property }) => property);
export const FLAGS: readonly Flag[] = namesOfKind(CONTACT_BODY_FIELDS, 'flag').map(propertyOf);

/**
 * A contact's patch, checked for form. Absent keeps a value, null clears it.
 *
 * `companyId` becomes the only company, unless it is the main one already; `companyIds` are all, the main one first;
 * `tags` are all tags by name; `password` is plaintext that is never stored, logged or published.
 */
export type ContactPatch = PatchOf<BodyFields>;

/** The companies that a patch names, in order; undefined if it names none. */
export const namedCompanies = ({ companyId, companyIds }: ContactPatch): number[] | undefined =>
  companyIds ?? (companyId === undefined ? undefined : [companyId]);

/** The key by which a contact is found by its email; null without an email. */
export const emailKeyOf = (email: string | null): string | null => (email === null ? null : loginEmailKey(email));
