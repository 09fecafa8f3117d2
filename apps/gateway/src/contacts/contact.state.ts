import type { ContactCompany, TagSnapshot } from '#app/contracts';
import { FLAGS, namedCompanies, type ContactPatch, type Flag, type TextField } from './contact.patch.js';

/** A contact's own values, without associations. */
export interface ContactValues extends Record<TextField, string | null> {
  id: number;
  version: number;
  /** Version of the login; it outlives a removed login, so that a new login continues from it. */
  loginVersion: number;
  hasPortalLogin: boolean;
  /** The key by which the contact is found by its email; null without an email. */
  emailKey: string | null;
  /** Times are RFC 3339 in UTC, to the millisecond. */
  createdAt: string;
  updatedAt: string;
}

/** A contact's memberships, the main company first, and its tags, sorted. */
export interface ContactAssociations {
  companies: readonly ContactCompany[];
  tags: readonly TagSnapshot[];
}

/** A contact by value, as one transaction read it under its lock. */
export interface ContactState extends ContactValues, ContactAssociations {
  /** Time of a change under the lock: the database's clock, and never before the last change. */
  changedAt: string;
}

/** Flags of a membership by wire name. */
export const FLAG_NAMES: Readonly<Record<Flag, Exclude<keyof ContactCompany, 'id' | 'name'>>> = {
  isPrimary: 'is_primary',
  receiveQuotationPdf: 'receive_quotation_pdf',
  receivePurchaseOrderPdf: 'receive_purchase_order_pdf',
  receivePurchaseOrderInvoicePdf: 'receive_purchase_order_invoice_pdf',
};

type Memberships = Pick<ContactAssociations, 'companies'>;

/** The companies that a patch's flags apply to. */
export const flaggedCompanies = ({ companies }: Memberships, patch: ContactPatch): number[] =>
  namedCompanies(patch) ?? companies.slice(0, 1).map(({ id }) => id);

/** The contact's companies after the patch; undefined if they stay. */
function targetCompanies({ companies }: Memberships, { companyId, companyIds }: ContactPatch): number[] | undefined {
  if (companyIds) return companyIds;
  return companyId === undefined || companyId === companies[0]?.id ? undefined : [companyId];
}

/** Whether a patch adds or ends a membership, or takes a primary flag: the companies must be locked for it. */
export function movesMemberships(contact: Memberships, patch: ContactPatch): boolean {
  if (namedCompanies(patch) === undefined && patch.isPrimary !== true) return false;
  const current = contact.companies.map(({ id }) => id);
  const target = targetCompanies(contact, patch);
  if (target && (target.length !== current.length || target.some((id, index) => id !== current[index]))) return true;
  if (patch.isPrimary !== true) return false;
  const primary = new Set(contact.companies.filter(({ is_primary }) => is_primary).map(({ id }) => id));
  return flaggedCompanies(contact, patch).some((id) => !primary.has(id));
}

/** The memberships after a patch. A new one gets the receive flags of the former main one, and is not primary. */
export function membershipsAfter(
  contact: Memberships,
  patch: ContactPatch,
  names: ReadonlyMap<number, string>,
): readonly ContactCompany[] {
  const target = targetCompanies(contact, patch);
  const moved = target ? movedTo(target, contact, names) : contact.companies;
  const set = FLAGS.filter((flag) => patch[flag] !== undefined);
  if (set.length === 0) return moved;
  const flagged = new Set(flaggedCompanies(contact, patch));
  const flags = Object.fromEntries(set.map((flag) => [FLAG_NAMES[flag], patch[flag]]));
  return moved.map((membership) => (flagged.has(membership.id) ? { ...membership, ...flags } : membership));
}

function movedTo(target: readonly number[], { companies }: Memberships, names: ReadonlyMap<number, string>): ContactCompany[] {
  const kept = new Map(companies.map((membership) => [membership.id, membership]));
  return target.map((id) => kept.get(id) ?? newMembership({ id, name: names.get(id)! }, companies[0]));
}

/** A membership with the receive flags of another one; its properties are in the order of answers. */
const newMembership = (company: Pick<ContactCompany, 'id' | 'name'>, model: ContactCompany | undefined): ContactCompany => ({
  ...company,
  ...NO_FLAGS,
  ...model,
  ...company,
  is_primary: false,
});

const NO_FLAGS = {
  is_primary: false,
  receive_quotation_pdf: false,
  receive_purchase_order_pdf: false,
  receive_purchase_order_invoice_pdf: false,
};
