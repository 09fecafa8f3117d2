import type { ContactCompany, TagSnapshot } from '#app/contracts';
import { FLAGS, namedCompanies, type ContactPatch, type Flag, type TextField } from './contact.patch.js';

/** What a contact has by itself, by value. */
export interface ContactValues extends Record<TextField, string | null> {
  id: number;
  version: number;
  /** Version of the login; outlives a removed login, so that one made again goes on from it. */
  loginVersion: number;
  hasPortalLogin: boolean;
  /** What the contact is found by its email with; null where it has none. */
  emailKey: string | null;
  createdAt: Date;
  updatedAt: Date;
}

/** What belongs to a contact: its memberships, the main company first, and its tags, sorted. */
export interface ContactAssociations {
  companies: readonly ContactCompany[];
  tags: readonly TagSnapshot[];
}

/** A contact by value, as one transaction has read it under its lock. */
export interface ContactState extends ContactValues, ContactAssociations {
  /** When a change under the lock is made: the database's clock, and never before the last change. */
  changedAt: Date;
}

/** Flags of a membership by the names of the wire. */
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

/** Companies that the contact has after the patch; undefined where they stay. */
export function targetCompanies({ companies }: Memberships, { companyId, companyIds }: ContactPatch): number[] | undefined {
  if (companyIds) return companyIds;
  return companyId === undefined || companyId === companies[0]?.id ? undefined : [companyId];
}

/** Whether a patch takes or leaves a membership, or takes a primary flag: what needs the companies locked. */
export function movesMemberships(contact: Memberships, patch: ContactPatch): boolean {
  if (namedCompanies(patch) === undefined && patch.isPrimary !== true) return false;
  const current = contact.companies.map(({ id }) => id);
  const target = targetCompanies(contact, patch);
  if (target && (target.length !== current.length || target.some((id, index) => id !== current[index]))) return true;
  if (patch.isPrimary !== true) return false;
  const primary = new Set(contact.companies.filter(({ is_primary }) => is_primary).map(({ id }) => id));
  return flaggedCompanies(contact, patch).some((id) => !primary.has(id));
}

/** The memberships after a patch. A new one has the receive flags of the former main one, and is not primary. */
export function membershipsAfter(
  contact: Memberships,
  patch: ContactPatch,
  names: ReadonlyMap<number, string>,
): readonly ContactCompany[] {
  const target = targetCompanies(contact, patch);
  const kept = new Map(contact.companies.map((membership) => [membership.id, membership]));
  const moved = target
    ? target.map((id) => kept.get(id) ?? newMembership({ id, name: names.get(id)! }, contact.companies[0]))
    : contact.companies;
  const set = FLAGS.filter((flag) => patch[flag] !== undefined);
  if (set.length === 0) return moved;
  const flagged = new Set(flaggedCompanies(contact, patch));
  const flags = Object.fromEntries(set.map((flag) => [FLAG_NAMES[flag], patch[flag]]));
  return moved.map((membership) => (flagged.has(membership.id) ? { ...membership, ...flags } : membership));
}

/** A membership with the receive flags of another one, its properties in the order in which answers show them. */
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
