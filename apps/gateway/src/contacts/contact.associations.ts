import { byTagName, type ContactCompany, type TagSnapshot } from '#app/contracts';
import { query, type PreparedStatement, type StatementRunner, type StatementTransaction } from '#app/postgres';
import type { ContactAssociations } from './contact.state.js';

/** A membership and a tag in the order of the columns below: lists cost half as much as objects. */
type CompanyCells = [number, string, boolean, boolean, boolean, boolean];
type TagCells = [number, string, string | null, string | null, string | null];

/** The columns that {@link ASSOCIATION_COLUMNS} reads. */
export interface AssociationCells {
  companies: CompanyCells[] | null;
  tags: TagCells[] | null;
}

/** Memberships and tags of the contact `c`. */
export const ASSOCIATION_COLUMNS = `
  (select json_agg(json_build_array(o.id, o.name, m.is_primary, m.receive_quotation_pdf,
      m.receive_purchase_order_pdf, m.receive_purchase_order_invoice_pdf) order by m.position)
    from contact_company m join company o on o.id = m.company_id where m.contact_id = c.id) as companies,
  (select json_agg(json_build_array(t.id, t.name, t.description, t.icon, t.color))
    from contact_tag l join tag t on t.id = l.tag_id where l.contact_id = c.id) as tags`;

const NONE: readonly never[] = [];

/** Reads a contact's associations from its row. */
export const associationsOf = ({ companies, tags }: AssociationCells): ContactAssociations => ({
  companies: companies?.map(companyOf) ?? NONE,
  tags: tags?.map(tagOf).sort(byTagName) ?? NONE,
});

const companyOf = ([id, name, is_primary, quotation, order, invoice]: CompanyCells): ContactCompany => ({
  id,
  name,
  is_primary,
  receive_quotation_pdf: quotation,
  receive_purchase_order_pdf: order,
  receive_purchase_order_invoice_pdf: invoice,
});

const tagOf = ([id, name, description, icon, color]: TagCells): TagSnapshot => ({ id, name, description, icon, color });

/** The associations of contacts, by contact id. */
export async function readAssociations(
  runner: StatementRunner,
  ids: readonly number[],
): Promise<Map<number, ContactAssociations>> {
  if (ids.length === 0) return new Map();
  const text = `select c.id, ${ASSOCIATION_COLUMNS} from unnest($1::bigint[]) as c(id)`;
  const rows = await query<AssociationCells & { id: string }>(runner, text, [ids]);
  return new Map(rows.map((row) => [Number(row.id), associationsOf(row)]));
}

// In rows of their own: as JSON, by a subquery for each contact, they cost PostgreSQL 20 µs a contact, and so 8.
const MEMBERSHIPS: PreparedStatement = {
  name: 'memberships-read',
  text: `select m.contact_id, o.id, o.name, m.is_primary, m.receive_quotation_pdf, m.receive_purchase_order_pdf,
      m.receive_purchase_order_invoice_pdf
    from contact_company m join company o on o.id = m.company_id
    where m.contact_id = any($1::bigint[]) order by m.contact_id, m.position`,
};
const TAGS: PreparedStatement = {
  name: 'tags-of-contacts-read',
  text: `select l.contact_id, t.id, t.name, t.description, t.icon, t.color
    from contact_tag l join tag t on t.id = l.tag_id where l.contact_id = any($1::bigint[])`,
};

type Row<Value> = Omit<Value, 'id'> & { contact_id: string; id: string };

/** The associations of many contacts, by contact id; the statements are sent at once. */
export async function readFlatAssociations(
  transaction: StatementTransaction,
  ids: readonly number[],
): Promise<(contactId: number) => ContactAssociations> {
  const [memberships, tags] = await Promise.all([
    transaction.query<Row<ContactCompany>>(MEMBERSHIPS, [ids]),
    transaction.query<Row<TagSnapshot>>(TAGS, [ids]),
  ]);
  const companies = byContact(memberships, membershipOf);
  const tagsOf = byContact(tags, ({ id, name, description, icon, color }) => ({
    id: Number(id),
    name,
    description,
    icon,
    color,
  }));
  for (const several of tagsOf.values()) if (several.length > 1) several.sort(byTagName);
  return (contactId) => ({ companies: companies.get(contactId) ?? NONE, tags: tagsOf.get(contactId) ?? NONE });
}

const membershipOf = (row: Row<ContactCompany>): ContactCompany => ({
  id: Number(row.id),
  name: row.name,
  is_primary: row.is_primary,
  receive_quotation_pdf: row.receive_quotation_pdf,
  receive_purchase_order_pdf: row.receive_purchase_order_pdf,
  receive_purchase_order_invoice_pdf: row.receive_purchase_order_invoice_pdf,
});

function byContact<R extends { contact_id: string }, Value>(
  rows: readonly R[],
  valueOf: (row: R) => Value,
): Map<number, Value[]> {
  // By number: V8 adds a text that was just read to its table of texts to look it up, which was 0.9 % of the gateway's CPU.
  const found = new Map<number, Value[]>();
  for (const row of rows) {
    const contactId = Number(row.contact_id);
    const values = found.get(contactId);
    if (values) values.push(valueOf(row));
    else found.set(contactId, [valueOf(row)]);
  }
  return found;
}
