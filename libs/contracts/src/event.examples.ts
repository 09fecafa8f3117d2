import { EXAMPLE_COMPANY } from './company.example.js';
import { COMPANY_FIELDS } from './company.schema.js';
import { EXAMPLE_CONTACT } from './contact.example.js';
import { BOOKKEEPING_FIELDS, CONTACT_FIELDS } from './contact.schema.js';
import type { ContactSyncEvent, EventAttributes, EventName } from './events.js';

const attributes = (number: number): EventAttributes => ({
  id: `0194c9a2-5f00-7000-8000-00000000000${number}`,
  time: '2026-02-03T04:05:06.789Z',
  correlationId: 'f3b1c2d4-0000-4000-8000-000000000001',
  actor: '7',
  traceparent: null,
});

/** One event of each name, for documents and for subscribers' tests. */
export const EVENT_EXAMPLES: { readonly [N in EventName]: ContactSyncEvent<N> } = {
  ContactCreated: {
    ...attributes(1),
    name: 'ContactCreated',
    data: {
      contact_id: 123,
      version: 1,
      changed: CONTACT_FIELDS.filter((field) => !BOOKKEEPING_FIELDS.has(field)),
      contact: { ...EXAMPLE_CONTACT, version: 1, email: 'john@acme.example', has_portal_login: false },
    },
  },
  ContactUpdated: {
    ...attributes(2),
    name: 'ContactUpdated',
    data: {
      contact_id: 123,
      version: 7,
      changed: ['email', 'has_portal_login'],
      before: { email: 'john@acme.example', has_portal_login: false },
      contact: EXAMPLE_CONTACT,
    },
  },
  ContactDeleted: {
    ...attributes(3),
    name: 'ContactDeleted',
    data: { contact_id: 123, version: 8, company_ids: [123456] },
  },
  CompanyCreated: {
    ...attributes(6),
    name: 'CompanyCreated',
    data: {
      company_id: 456,
      version: 1,
      changed: COMPANY_FIELDS.filter((field) => !BOOKKEEPING_FIELDS.has(field)),
      company: { ...EXAMPLE_COMPANY, version: 1, name: 'Acme', updated_at: EXAMPLE_COMPANY.created_at },
    },
  },
  CompanyUpdated: {
    ...attributes(7),
    name: 'CompanyUpdated',
    data: { company_id: 456, version: 3, changed: ['name'], before: { name: 'Acme' }, company: EXAMPLE_COMPANY },
  },
  CompanyDeleted: {
    ...attributes(8),
    name: 'CompanyDeleted',
    data: { company_id: 456, version: 4 },
  },
  PortalLoginChanged: {
    ...attributes(4),
    name: 'PortalLoginChanged',
    data: {
      contact_id: 123,
      version: 3,
      position: 4711,
      changes: ['email'],
      email: 'john.smith@acme.example',
      previous_email: 'john@acme.example',
      credential: 'eyJhbGciOiJFQ0RILUVTIn0..aXY.Y2lwaGVydGV4dA.dGFn',
    },
  },
};
