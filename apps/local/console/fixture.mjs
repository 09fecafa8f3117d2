/**
 * A record as a test's fixture, made by the builders of the contracts' kit; null for a record that they do not make.
 * @param {{ name: string, data?: any }} record
 */
export function fixtureOf({ name, data }) {
  const fixture = data && FIXTURES[name]?.(data);
  if (!fixture) return null;
  const [before, event] = fixture;
  const builders = [...new Set([before, event].filter(Boolean).map(([builder]) => builder))].sort();
  return [
    `import { ${builders.join(', ')} } from '@contact-sync/contracts/testing';`,
    '',
    ...(before ? [`const before = ${callOf(before)};`] : []),
    `const event = ${callOf(event)};`,
  ].join('\n');
}

/** The state before, if the event has one, and the event: each a builder, its fields, and whether it follows `before`. */
const FIXTURES = {
  ContactCreated: ({ contact_id, contact }) => [null, ['aContactCreated', { contact_id, ...own(contact, CONTACT) }]],
  ContactUpdated: ({ contact_id, contact, before, changed }) => [
    ['aContactCreated', { contact_id, ...own({ ...contact, ...before }, CONTACT) }],
    ['aContactUpdated', own(contact, CONTACT, changed), true],
  ],
  ContactDeleted: ({ contact_id, company_ids }) => [
    ['aContactCreated', { contact_id, companies: company_ids.map((id) => ({ id })) }],
    ['aContactDeleted', null, true],
  ],
  CompanyCreated: ({ company_id, company }) => [null, ['aCompanyCreated', { company_id, ...own(company, COMPANY) }]],
  CompanyUpdated: ({ company_id, company, before, changed }) => [
    ['aCompanyCreated', { company_id, ...own({ ...company, ...before }, COMPANY) }],
    ['aCompanyUpdated', own(company, COMPANY, changed), true],
  ],
  CompanyDeleted: ({ company_id }) => [
    ['aCompanyCreated', { company_id }],
    ['aCompanyDeleted', null, true],
  ],
  PortalLoginChanged: ({ contact_id, email, previous_email, changes }) => {
    // Null where it did not change.
    const formerEmail = previous_email ?? email;
    const former = ['aPortalLoginChanged', { contact_id, ...(formerEmail !== null && { email: formerEmail }) }];
    if (email === null) return [former, ['aPortalLoginRemoved', null, true]];
    return changes.includes('created')
      ? [null, ['aPortalLoginChanged', { contact_id, email }]]
      : [former, ['aPortalLoginChanged', { email, changes }, true]];
  },
};

/** What a builder gives or derives by itself; it takes every other field. */
const GIVEN = ['id', 'version', 'status', 'created_at', 'updated_at'];
const CONTACT = new Set([
  ...[...GIVEN, 'full_name', 'phone', 'company_id', 'company', 'is_primary'],
  ...['receive_quotation_pdf', 'receive_purchase_order_pdf', 'receive_purchase_order_invoice_pdf'],
]);
const COMPANY = new Set([...GIVEN, 'full_address']);

const own = (from, derived, changed = Object.keys(from)) =>
  Object.fromEntries(changed.filter((name) => !derived.has(name)).map((name) => [name, from[name]]));

const callOf = ([builder, fields, isAfter]) => {
  if (!isAfter) return `${builder}(${literal(fields)})`;
  return fields ? `${builder}(${literal(fields)}, { after: before })` : `${builder}({ after: before })`;
};

/** A JavaScript literal, its names without quotes. */
const literal = (value) =>
  JSON.stringify(value, null, 1)
    .replace(/\n\s*/g, ' ')
    .replace(/"(\w+)":/g, '$1:');
