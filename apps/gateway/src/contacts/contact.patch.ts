import { loginEmailKey } from '#app/contracts';

/** The contact's own text fields. */
export const TEXT_FIELDS = [
  'firstName',
  'lastName',
  'email',
  'phone1',
  'phone2',
  'receivingBankName',
  'receivingBankAddress',
] as const;
export type TextField = (typeof TEXT_FIELDS)[number];

/** Flags of a contact's place in a company. */
export const FLAGS = ['isPrimary', 'receiveQuotationPdf', 'receivePurchaseOrderPdf', 'receivePurchaseOrderInvoicePdf'] as const;
export type Flag = (typeof FLAGS)[number];

/** What a request asks of a contact, checked for form. Absent keeps a value, null clears it. */
export interface ContactPatch extends Partial<Record<TextField, string | null>>, Partial<Record<Flag, boolean>> {
  /** The one company of the contact, unless it is the main one already. */
  companyId?: number;
  /** All companies of the contact, the main one first. */
  companyIds?: number[];
  /** All tags of the contact, by name. */
  tags?: string[];
  /** Plaintext; never stored, logged or published. */
  password?: string;
}

/** The companies that a patch names, in order; undefined where it names none. */
export const namedCompanies = ({ companyId, companyIds }: ContactPatch): number[] | undefined =>
  companyIds ?? (companyId === undefined ? undefined : [companyId]);

/** Whether a patch sets a flag of a place. */
export const touchesFlags = (patch: ContactPatch): boolean => FLAGS.some((flag) => patch[flag] !== undefined);

/** Whether a patch concerns places or tags at all. */
export const touchesParts = (patch: ContactPatch): boolean =>
  patch.tags !== undefined || namedCompanies(patch) !== undefined || touchesFlags(patch);

/** The key by which a contact is found by its email; null where it has none. */
export const emailKeyOf = (email: string | null): string | null => (email === null ? null : loginEmailKey(email));
