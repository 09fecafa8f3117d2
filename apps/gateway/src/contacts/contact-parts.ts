import type { EntityManager } from '@mikro-orm/postgresql';
import { byTagName, type ContactCompany, type TagSnapshot } from '#app/contracts';
import type { Contact } from './contact.entity.js';

/** A contact's places and tags as answers show them, read as values: for a contact whose places and tags stay as they are. */
export interface ContactParts {
  companies: ContactCompany[];
  tags: TagSnapshot[];
}

const partsByContact = new WeakMap<Contact, ContactParts>();

/** The parts that {@link readParts} found; undefined for a contact whose collections are loaded instead. */
export const readPartsOf = (contact: Contact): ContactParts | undefined => partsByContact.get(contact);

// One statement, and no entity to hydrate: most updates touch neither places nor tags, and need them for the answer alone.
const PARTS_OF_CONTACTS = `
  select k.id,
    (select coalesce(json_agg(json_build_object(
        'id', c.id, 'name', c.name, 'is_primary', p.is_primary, 'receive_quotation_pdf', p.receive_quotation_pdf,
        'receive_purchase_order_pdf', p.receive_purchase_order_pdf,
        'receive_purchase_order_invoice_pdf', p.receive_purchase_order_invoice_pdf) order by p.position), '[]')
      from contact_company p join company c on c.id = p.company_id where p.contact_id = k.id) as companies,
    (select coalesce(json_agg(json_build_object(
        'id', t.id, 'name', t.name, 'description', t.description, 'icon', t.icon, 'color', t.color)), '[]')
      from contact_tag ct join tag t on t.id = ct.tag_id where ct.contact_id = k.id) as tags
  from unnest(?::bigint[]) as k(id)`;

interface Row {
  id: string | number;
  companies: ContactCompany[] | string;
  tags: TagSnapshot[] | string;
}

/** Reads the parts of contacts, for {@link readPartsOf}. */
export async function readParts(em: EntityManager, contacts: readonly Contact[]): Promise<void> {
  if (contacts.length === 0) return;
  const rows = await em.execute<Row[]>(PARTS_OF_CONTACTS, [`{${contacts.map(({ id }) => id).join(',')}}`]);
  const byId = new Map(rows.map((row) => [Number(row.id), row]));
  for (const contact of contacts) {
    const { companies, tags } = byId.get(contact.id)!;
    partsByContact.set(contact, { companies: parsed(companies), tags: parsed(tags).sort(byTagName) });
  }
}

const parsed = <T>(value: T[] | string): T[] => (typeof value === 'string' ? (JSON.parse(value) as T[]) : value);
