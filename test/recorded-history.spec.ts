import { statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  decodeRecord,
  deriveContact,
  entityIdOf,
  EVENTS,
  isCompanyEvent,
  type ContactSnapshot,
  matchEvent,
  type ContactSyncEvent,
  subjectOfEvent,
  type CompanySnapshot,
  type RecordedEvent,
} from '#app/contracts';
import {
  aCompanyCreated,
  aCompanyDeleted,
  aCompanyUpdated,
  aContactCreated,
  aContactDeleted,
  aContactUpdated,
  aPortalLoginChanged,
  aPortalLoginRemoved,
  eventMatchers,
  keyOf,
  type CompanyState,
  type ContactFields,
  type ContactState,
  type OwnCompanyFields,
} from '#app/contracts/testing';
import { CONTACT_TEXTS } from './contact.contract.js';
import { HISTORY, readHistory, readHistoryState } from './recorded-history.js';

expect.extend(eventMatchers);

const MIB = 2 ** 20;
let history: RecordedEvent[];
let events: ContactSyncEvent[];

beforeAll(async () => {
  history = await readHistory();
  events = history.map((record) => decodeRecord(record)).flatMap((decoded) => (decoded.kind === 'event' ? decoded.event : []));
});

describe('the recorded history', () => {
  it('when it is read / has some thousand records of every event and tombstones, in a small file', () => {
    expect(history.length).toBeGreaterThan(3_000);
    expect(new Set(events.map(({ name }) => name))).toEqual(new Set(Object.keys(EVENTS)));
    expect(history.filter(({ value }) => value === null).length).toBeGreaterThan(50);
    expect(statSync(HISTORY.recording).size).toBeLessThan(MIB / 2);
  });

  it('when its logins are followed / has emails that move from one login to another', () => {
    const holders = new Map<string, Set<number>>();
    for (const event of events) {
      if (event.name !== 'PortalLoginChanged' || event.data.email === null) continue;
      const email = event.data.email.toLowerCase();
      holders.set(email, (holders.get(email) ?? new Set()).add(event.data.contact_id));
    }
    expect([...holders.values()].filter(({ size }) => size > 1).length).toBeGreaterThan(20);
  });

  it('when its companies are followed / each version follows the one before, and the end is what the gateway had', () => {
    const held: Record<string, { version: number; name: string | undefined }> = {};
    for (const event of events) {
      if (!isCompanyEvent(event)) continue;
      const { company_id: id, version } = event.data;
      expect(version).toBe((held[id]?.version ?? 0) + 1);
      held[id] = { version, name: event.name === 'CompanyDeleted' ? undefined : event.data.company.name };
    }
    const living = Object.entries(held).filter(([, { name }]) => name !== undefined);
    expect(Object.fromEntries(living)).toEqual(readHistoryState().companies);
    expect(Object.keys(held).length).toBeGreaterThan(living.length + 3);
  });

  it('when a login is removed / has the removal and its tombstone', () => {
    const removal = events.find((event) => event.name === 'PortalLoginChanged' && event.data.email === null)!;
    const { contact_id, version } = (removal as LoginEvent).data;
    expect(history.filter((record) => keyOf(record) === String(contact_id))).toHaveRecorded(
      { name: 'ContactCreated', data: { version: 1 } },
      { name: 'PortalLoginChanged', data: { version, changes: ['removed'], email: null, credential: null } },
      { kind: 'tombstone', contactId: contact_id, version },
    );
  });
});

describe('the event builders', () => {
  it('when they build a recorded event / the result equals what the gateway wrote, as npm run record-history recorded it', () => {
    const contacts = new Map<number, ContactState>();
    const companies = new Map<number, CompanyState>();
    const logins = new Map<number, LoginEvent>();
    const names = new Map<number, string>();
    for (const event of events) {
      const { id, time, correlationId, actor } = event;
      const occasion = { id, time, correlationId, actor };
      const about = entityIdOf(event);
      if (event.name === 'CompanyCreated' || event.name === 'CompanyUpdated') names.set(about, event.data.company.name);
      const contact = withNames(contacts.get(about), names);
      const company = companies.get(about);
      const login = logins.get(about);
      const built = matchEvent<ContactSyncEvent, ContactSyncEvent>(event, {
        ContactCreated: ({ data: { contact_id, contact: made } }) =>
          aContactCreated({ contact_id, ...ownFields(made) }, occasion),
        ContactUpdated: ({ data: { contact: changed } }) => aContactUpdated(ownFields(changed), { after: contact!, ...occasion }),
        ContactDeleted: () => aContactDeleted({ after: contact!, ...occasion }),
        CompanyCreated: ({ data: { company_id, company: made } }) =>
          aCompanyCreated({ company_id, ...ownCompanyFields(made) }, occasion),
        CompanyUpdated: ({ data: { company: changed } }) =>
          aCompanyUpdated(ownCompanyFields(changed), { after: company!, ...occasion }),
        CompanyDeleted: () => aCompanyDeleted({ after: company!, ...occasion }),
        PortalLoginChanged: ({ data: expected }) => builtLogin(expected, { ...(login && { after: login }), ...occasion }),
      });
      if (!isDeepStrictEqual(lasting(built), lasting(event))) expect(lasting(built)).toEqual(lasting(event));
      if (built.name === 'PortalLoginChanged') logins.set(about, built);
      else if ('company' in built.data) companies.set(about, built as CompanyState);
      else if ('contact' in built.data) contacts.set(about, built as ContactState);
    }
    expect(contacts.size + companies.size).toBe(new Set(events.map(subjectOfEvent)).size);
  });
});

type LoginEvent = ContactSyncEvent<'PortalLoginChanged'>;

/** A contact with the present names of its companies: a renamed company leads to no event of its contacts. */
function withNames(event: ContactState | undefined, names: ReadonlyMap<number, string>): ContactState | undefined {
  if (!event) return undefined;
  const { contact } = event.data;
  const companies = contact.companies.map((company) => ({ ...company, name: names.get(company.id)! }));
  return { ...event, data: { ...event.data, contact: deriveContact({ ...contact, companies }) } } as ContactState;
}

const builtLogin = ({ contact_id, email, credential }: LoginEvent['data'], occasion: { after?: LoginEvent }): LoginEvent =>
  email === null ? aPortalLoginRemoved(occasion) : aPortalLoginChanged({ contact_id, email, credential: credential! }, occasion);

/** The event without its position, which grows with each built event. */
const lasting = (event: ContactSyncEvent): object => ({ ...event, data: { ...event.data, position: 0 } });

const OWN_FIELDS = [...CONTACT_TEXTS, 'has_portal_login'] as const;

/** The given fields of a contact, without derived ones. */
const ownFields = (contact: ContactSnapshot): ContactFields => ({
  ...Object.fromEntries(OWN_FIELDS.map((name) => [name, contact[name]])),
  companies: contact.companies,
  tags: contact.tags,
});

/** The given fields of a company. */
const ownCompanyFields = ({ id: _id, version: _version, status: _status, ...company }: CompanySnapshot): OwnCompanyFields => {
  const { created_at: _created, updated_at: _updated, full_address: _address, ...own } = company;
  return own;
};
