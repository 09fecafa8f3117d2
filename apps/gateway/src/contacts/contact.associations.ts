import { byTagName, type ContactCompany, type TagSnapshot } from '#app/contracts';
import { query, type StatementRunner } from '#app/postgres';
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
