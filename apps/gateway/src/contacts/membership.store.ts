import type { ContactCompany } from '#app/contracts';
import type { PreparedStatement, StatementTransaction } from '#app/postgres';
import type { ContactChange } from './contact.change.js';

const COLUMNS = `contact_id, company_id, position, is_primary, receive_quotation_pdf, receive_purchase_order_pdf, receive_purchase_order_invoice_pdf`;
const VALUES = `unnest($1::bigint[], $2::bigint[], $3::int[], $4::boolean[], $5::boolean[], $6::boolean[], $7::boolean[])`;

const WRITE: PreparedStatement = {
  name: 'memberships-write',
  text: `update contact_company m set position = r.position, is_primary = r.is_primary, receive_quotation_pdf = r.receive_quotation_pdf,
      receive_purchase_order_pdf = r.receive_purchase_order_pdf,
      receive_purchase_order_invoice_pdf = r.receive_purchase_order_invoice_pdf
    from ${VALUES} as r(${COLUMNS}) where m.contact_id = r.contact_id and m.company_id = r.company_id`,
};
const ADD: PreparedStatement = {
  name: 'memberships-add',
  text: `insert into contact_company (${COLUMNS}) select * from ${VALUES}`,
};
const REMOVE: PreparedStatement = {
  name: 'memberships-remove',
  text: `delete from contact_company m using unnest($1::bigint[], $2::bigint[]) as r(contact_id, company_id)
    where m.contact_id = r.contact_id and m.company_id = r.company_id`,
};

interface Membership {
  contactId: number;
  company: ContactCompany;
  position: number;
}

/** Sends the memberships that changes end, change and begin; companies with new ones are locked. */
export function sendMemberships(
  transaction: StatementTransaction,
  changes: readonly Pick<ContactChange, 'before' | 'after'>[],
): void {
  const moved = changes.filter(({ before, after }) => before.companies !== after.companies);
  if (moved.length === 0) return;
  const ended: [number, number][] = [];
  const changed: Membership[] = [];
  const begun: Membership[] = [];
  for (const { before, after } of moved) {
    const former = new Map(before.companies.map((company, position) => [company.id, { company, position }]));
    after.companies.forEach((company, position) => {
      const known = former.get(company.id);
      former.delete(company.id);
      if (!known) begun.push({ contactId: after.id, company, position });
      else if (known.company !== company || known.position !== position) changed.push({ contactId: after.id, company, position });
    });
    for (const companyId of former.keys()) ended.push([after.id, companyId]);
  }
  if (ended.length > 0)
    void transaction.query(REMOVE, [ended.map(([contactId]) => contactId), ended.map(([, companyId]) => companyId)]);
  if (changed.length > 0) void transaction.query(WRITE, valuesOf(changed));
  if (begun.length > 0) void transaction.query(ADD, valuesOf(begun));
}

const valuesOf = (memberships: readonly Membership[]): unknown[] => [
  memberships.map(({ contactId }) => contactId),
  memberships.map(({ company }) => company.id),
  memberships.map(({ position }) => position),
  memberships.map(({ company }) => company.is_primary),
  memberships.map(({ company }) => company.receive_quotation_pdf),
  memberships.map(({ company }) => company.receive_purchase_order_pdf),
  memberships.map(({ company }) => company.receive_purchase_order_invoice_pdf),
];
