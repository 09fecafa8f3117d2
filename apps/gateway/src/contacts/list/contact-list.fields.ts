import { loginEmailKey } from '#app/contracts';
import { sql } from 'kysely';
import {
  boolean,
  constant,
  folded,
  integer,
  tagNames,
  text,
  time,
  type Fragment,
  type ListFields,
  type TextTraits,
} from '../../lists/list-field.js';
import { namesOfKind } from '../../wire/fields.js';
import { CONTACT_BODY_FIELDS } from '../contact.fields.js';
import type { ListSource } from '../../lists/list-statement.js';

export const contactSource: ListSource = {
  from: sql`contact c`,
  id: sql`c.id`,
  total: sql`(select coalesce(sum(delta), 0) from row_count where table_name = 'contact')`,
};

const inSomePlace = (condition: Fragment): Fragment =>
  sql`exists (select from contact_company p where p.contact_id = c.id and ${condition})`;

/** The position of the main company; a contact has none before it. */
const isMain = sql`not exists (select from contact_company f where f.contact_id = p.contact_id and f.position < p.position)`;

const inMainCompany = (condition: Fragment): Fragment =>
  sql`exists (select from contact_company p join company o on o.id = p.company_id
    where p.contact_id = c.id and ${condition} and ${isMain})`;

const ofMainPlace = (column: Fragment): Fragment =>
  sql`(select ${column} from contact_company p join company o on o.id = p.company_id
    where p.contact_id = c.id order by p.position limit 1)`;

const flag = (column: Fragment) => boolean(inSomePlace(sql`${column} and ${isMain}`));

const withSomeTag = (condition: Fragment): Fragment =>
  sql`exists (select from contact_tag l join tag t on t.id = l.tag_id where l.contact_id = c.id and ${condition})`;

// One character longer than the names and the blanks between them: the first blank is cut off.
const fullName = sql`nullif(substr(coalesce(' ' || c.first_name, '') || coalesce(' ' || c.last_name, ''), 2), '')`;

// A search in a first or last name uses the index on the whole name.
const inFullName = { partOf: folded(fullName) };
// Emails are equal by the same rule as for logins and upserts.
const asLogins: TextTraits = {
  equal: { value: sql`c.email_key`, operand: (email) => sql`${loginEmailKey(String(email))}::text` },
};
const TRAITS: Partial<Record<string, TextTraits>> = { first_name: inFullName, last_name: inFullName, email: asLogins };
const PLAIN_FIELDS = namesOfKind(CONTACT_BODY_FIELDS, 'text').map(
  (name) => [name, text(sql.ref(`c.${name}`), TRAITS[name])] as const,
);

/** The fields by which contacts are filtered and sorted. */
export const CONTACT_LIST_FIELDS: ListFields = new Map([
  ['id', integer(sql`c.id`)],
  ['version', integer(sql`c.version`)],
  ['created_at', time(sql`c.created_at`)],
  ['updated_at', time(sql`c.updated_at`)],
  ['status', constant('active')],
  ...PLAIN_FIELDS,
  ['full_name', text(fullName)],
  ['phone', text(sql`c.phone_1`)],
  // Any company of the contact matches; the main one sorts.
  ['company_id', integer(sql`p.company_id`, { nullable: true, within: inSomePlace, sortBy: ofMainPlace(sql`p.company_id`) })],
  ['company.name', text(sql`o.name`, { within: inMainCompany, sortBy: ofMainPlace(folded(sql`o.name`)) })],
  ['is_primary', flag(sql`p.is_primary`)],
  ['receive_quotation_pdf', flag(sql`p.receive_quotation_pdf`)],
  ['receive_purchase_order_pdf', flag(sql`p.receive_purchase_order_pdf`)],
  ['receive_purchase_order_invoice_pdf', flag(sql`p.receive_purchase_order_invoice_pdf`)],
  ['has_portal_login', boolean(sql`c.has_portal_login`)],
  ['tags', tagNames(sql`t.name_key`, { within: withSomeTag, sortBy: null })],
]);
