import { sql } from 'kysely';
import {
  constant,
  integer,
  tagNames,
  text,
  time,
  type Fragment,
  type ListFields,
  type ListTraits,
} from '../../lists/list-field.js';
import { namesOfKind } from '../../wire/fields.js';
import { COMPANY_BODY_FIELDS } from '../company.fields.js';
import type { ListSource } from '../../lists/list-statement.js';

export const companySource: ListSource = {
  from: sql`(select * from company where closed_at is null) c`,
  id: sql`c.id`,
  total: sql`(select coalesce(sum(delta), 0) from row_count where table_name = 'company') - (select count(*) from closed_company)`,
};

const withSomeTag = (condition: Fragment): Fragment =>
  sql`exists (select from company_tag l join tag t on t.id = l.tag_id where l.company_id = c.id and ${condition})`;

const ADDRESS_PARTS = ['address', 'address_line_2', 'city', 'state', 'postal_code', 'country'];

// Each part follows a comma and a blank; the first comma and blank are cut off.
const afterComma = ADDRESS_PARTS.map((name) => sql`coalesce(', ' || ${sql.ref(`c.${name}`)}, '')`);
const fullAddress = sql`nullif(substr(${sql.join(afterComma, sql` || `)}, 3), '')`;

const TRAITS: Partial<Record<string, ListTraits>> = { name: { nullable: false } };
const plainFields = namesOfKind(COMPANY_BODY_FIELDS, 'text').map(
  (name) => [name, text(sql.ref(`c.${name}`), TRAITS[name])] as const,
);

/** The fields by which companies are filtered and sorted. */
export const COMPANY_LIST_FIELDS: ListFields = new Map([
  ['id', integer(sql`c.id`)],
  ['version', integer(sql`c.version`)],
  ['status', constant('active')],
  ...plainFields,
  ['full_address', text(fullAddress)],
  ['created_at', time(sql`c.created_at`)],
  ['updated_at', time(sql`c.updated_at`)],
  ['tags', tagNames(sql`t.name_key`, { within: withSomeTag, sortBy: null })],
]);
