import { describe, expect, it } from '@jest/globals';
import { CONTACT_FIELDS, type ContactSnapshot, type ContactSyncEvent } from '#app/contracts';
import { contactCreated, contactUpdated, portalLoginEvents } from './contact.events.js';
import { historyOf } from './contact.history.js';

const contact: ContactSnapshot = {
  id: '123',
  version: 7,
  created_at: '2026-01-02T03:04:05.678Z',
  updated_at: '2026-01-03T03:04:05.678Z',
  status: 'active',
  first_name: 'John',
  last_name: null,
  full_name: 'John',
  email: 'new@x.io',
  phone: null,
  phone_1: null,
  phone_2: null,
  receiving_bank_name: null,
  receiving_bank_address: null,
  company_id: '5',
  company: { id: '5', name: 'Acme' },
  is_primary: false,
  receive_quotation_pdf: false,
  receive_purchase_order_pdf: false,
  receive_purchase_order_invoice_pdf: false,
  has_portal_login: true,
  companies: [],
  tags: [],
};
const occasion = {
  at: new Date('2026-01-03T03:04:05.678Z'),
  request: { requestId: 'request-1', actor: '42', traceparent: null },
};
const origin = { contact_id: 123, created_at: '2026-01-03T03:04:05.678Z', request_id: 'request-1', token_id: '42' };

describe('the history of a contact', () => {
  it('when the contact is updated / has the old and new value of exactly the changed fields, under the id of the event', () => {
    const before = { ...contact, email: 'old@x.io', first_name: null };
    const event = contactUpdated({ before, after: contact, changed: ['first_name', 'email'] }, occasion);
    expect(historyOf(event)).toEqual({
      ...origin,
      id: event.id,
      type: 'ContactUpdated',
      version: 7,
      changes: { first_name: { old: null, new: 'John' }, email: { old: 'old@x.io', new: 'new@x.io' } },
    });
  });
});

describe('the history of a new contact', () => {
  it('when the contact is created / has every field but version and update time, each with nothing before it', () => {
    const row = historyOf(contactCreated(contact, occasion))!;
    expect(row).toMatchObject({ ...origin, type: 'ContactCreated', version: 7 });
    expect(Object.keys(row.changes)).toEqual(CONTACT_FIELDS.filter((name) => !['version', 'updated_at'].includes(name)));
    expect(row.changes).toMatchObject({ email: { old: null, new: 'new@x.io' }, last_name: { old: null, new: null } });
  });
});

describe('the history of a login', () => {
  const login = { contactId: 123, version: 3, email: 'new@x.io', previousEmail: 'old@x.io', credential: 'eyJsealed' };
  const [draft] = portalLoginEvents({ ...login, changes: ['email', 'password'] }, occasion);
  const event = (draft as (position: number) => ContactSyncEvent<'PortalLoginChanged'>)(4711);

  it("when the login changes / has the kinds of change under the login's own version, and nothing of the credential", () => {
    const row = historyOf(event);
    expect(row).toEqual({ ...origin, id: event.id, type: 'PortalLoginChanged', version: 3, changes: ['email', 'password'] });
    expect(JSON.stringify(row)).not.toContain('eyJsealed');
  });

  it('when no token asked for the change / has no token', () => {
    expect(historyOf({ ...event, actor: null })).toMatchObject({ token_id: null });
  });
});

describe('the history of a deleted contact', () => {
  it('when the contact is deleted / has nothing: it goes with the contact', () => {
    const { id, time, correlationId, actor, traceparent } = contactCreated(contact, occasion);
    const data = { contact_id: 123, version: 8, company_ids: [5] };
    const event: ContactSyncEvent<'ContactDeleted'> = {
      id,
      time,
      correlationId,
      actor,
      traceparent,
      name: 'ContactDeleted',
      data,
    };
    expect(historyOf(event)).toBeNull();
  });
});
