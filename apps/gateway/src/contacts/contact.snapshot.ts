import { byTagName, deriveContact, type ContactCompany as Place, type ContactSnapshot } from '#app/contracts';
import { tagSnapshot } from '../tags/tag.snapshot.js';
import { namesOfKind, propertyOf } from '../wire/fields.js';
import type { ContactCompany } from './contact-company.entity.js';
import { readPartsOf, type ContactParts } from './contact-parts.js';
import type { Contact } from './contact.entity.js';
import { CONTACT_BODY_FIELDS } from './contact.fields.js';

const TEXTS = namesOfKind(CONTACT_BODY_FIELDS, 'text').map((name) => [name, propertyOf(name)] as const);

/** The contact as answers and events show it, detached from the entity. */
export const snapshotOf = (contact: Contact): ContactSnapshot =>
  deriveContact({
    id: String(contact.id),
    version: contact.version,
    created_at: contact.createdAt.toISOString(),
    updated_at: contact.updatedAt.toISOString(),
    status: 'active',
    ...textsOf(contact),
    has_portal_login: contact.hasPortalLogin,
    ...(readPartsOf(contact) ?? loadedParts(contact)),
  });

function textsOf(contact: Contact): Record<(typeof TEXTS)[number][0], string | null> {
  const texts: Partial<Record<(typeof TEXTS)[number][0], string | null>> = {};
  for (const [name, property] of TEXTS) texts[name] = contact[property] ?? null;
  return texts as Required<typeof texts>;
}

const loadedParts = (contact: Contact): ContactParts => ({
  companies: contact.orderedPlaces().map(placeSnapshot),
  tags: contact.tags.getItems().map(tagSnapshot).sort(byTagName),
});

const placeSnapshot = (place: ContactCompany): Place => ({
  id: place.company.id,
  name: place.company.name,
  is_primary: place.isPrimary,
  receive_quotation_pdf: place.receiveQuotationPdf,
  receive_purchase_order_pdf: place.receivePurchaseOrderPdf,
  receive_purchase_order_invoice_pdf: place.receivePurchaseOrderInvoicePdf,
});
