import { isDeepStrictEqual } from 'node:util';
import {
  BOOKKEEPING_FIELDS,
  CONTACT_FIELDS,
  type ContactCompany as Place,
  type ContactField,
  type ContactSnapshot,
} from '#app/contracts';
import { byName, tagSnapshot } from '../tags/tag.snapshot.js';
import type { ContactCompany } from './contact-company.entity.js';
import { readPartsOf, type ContactParts } from './contact-parts.js';
import type { Contact } from './contact.entity.js';

/** The contact as answers and events show it, detached from the entity. */
export function snapshotOf(contact: Contact): ContactSnapshot {
  const { companies, tags } = readPartsOf(contact) ?? loadedParts(contact);
  const [main] = companies;
  return {
    id: String(contact.id),
    version: contact.version,
    created_at: contact.createdAt.toISOString(),
    updated_at: contact.updatedAt.toISOString(),
    status: 'active',
    first_name: contact.firstName ?? null,
    last_name: contact.lastName ?? null,
    full_name: [contact.firstName, contact.lastName].filter((name) => name != null).join(' ') || null,
    email: contact.email ?? null,
    phone: contact.phone1 ?? null,
    phone_1: contact.phone1 ?? null,
    phone_2: contact.phone2 ?? null,
    receiving_bank_name: contact.receivingBankName ?? null,
    receiving_bank_address: contact.receivingBankAddress ?? null,
    company_id: main ? String(main.id) : null,
    company: main ? { id: String(main.id), name: main.name } : null,
    is_primary: main?.is_primary ?? false,
    receive_quotation_pdf: main?.receive_quotation_pdf ?? false,
    receive_purchase_order_pdf: main?.receive_purchase_order_pdf ?? false,
    receive_purchase_order_invoice_pdf: main?.receive_purchase_order_invoice_pdf ?? false,
    has_portal_login: contact.hasPortalLogin,
    companies,
    tags,
  };
}

const loadedParts = (contact: Contact): ContactParts => ({
  companies: contact.orderedPlaces().map(placeSnapshot),
  tags: contact.tags.getItems().map(tagSnapshot).sort(byName),
});

/** The names whose values differ, in the order in which a contact shows them; bookkeeping is never among them. */
export function changedFields(before: ContactSnapshot, after: ContactSnapshot): ContactField[] {
  return CONTACT_FIELDS.filter((name) => !BOOKKEEPING_FIELDS.has(name) && !isSame(before[name], after[name]));
}

const isSame = (a: unknown, b: unknown): boolean => a === b || (typeof a === 'object' && isDeepStrictEqual(a, b));

const placeSnapshot = (place: ContactCompany): Place => ({
  id: place.company.id,
  name: place.company.name,
  is_primary: place.isPrimary,
  receive_quotation_pdf: place.receiveQuotationPdf,
  receive_purchase_order_pdf: place.receivePurchaseOrderPdf,
  receive_purchase_order_invoice_pdf: place.receivePurchaseOrderInvoicePdf,
});
