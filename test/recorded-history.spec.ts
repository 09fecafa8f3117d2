import { statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  decodeRecord,
  EVENTS,
  type ContactSnapshot,
  matchEvent,
  type ContactSyncEvent,
  type RecordedEvent,
} from '#app/contracts';
import {
  aContactCreated,
  aContactDeleted,
  aContactUpdated,
  aPortalLoginChanged,
  aPortalLoginRemoved,
  eventMatchers,
  keyOf,
  type ContactFields,
  type ContactState,
} from '#app/contracts/testing';
import { CONTACT_TEXTS } from './contact.contract.js';
import { HISTORY, readHistory } from './recorded-history.js';

expect.extend(eventMatchers);

const MIB = 2 ** 20;
let history: RecordedEvent[];
let events: ContactSyncEvent[];

beforeAll(async () => {
  history = await readHistory();
  events = history.map((record) => decodeRecord(record)).flatMap((decoded) => (decoded.kind === 'event' ? decoded.event : []));
});

describe('the recorded history', () => {
  it('is some thousand records of every event and of tombstones, in a small file', () => {
    expect(history.length).toBeGreaterThan(3_000);
    expect(new Set(events.map(({ name }) => name))).toEqual(new Set(Object.keys(EVENTS)));
    expect(history.filter(({ value }) => value === null).length).toBeGreaterThan(50);
    expect(statSync(HISTORY.recording).size).toBeLessThan(MIB / 2);
  });

  it('has emails that go from one login to another', () => {
    const holders = new Map<string, Set<number>>();
    for (const event of events) {
      if (event.name !== 'PortalLoginChanged' || event.data.email === null) continue;
      const email = event.data.email.toLowerCase();
      holders.set(email, (holders.get(email) ?? new Set()).add(event.data.contact_id));
    }
    expect([...holders.values()].filter(({ size }) => size > 1).length).toBeGreaterThan(20);
  });

  it('tells of a removal and its tombstone', () => {
    const removal = events.find((event) => event.name === 'PortalLoginChanged' && event.data.email === null)!;
    const { contact_id, version } = removal.data;
    expect(history.filter((record) => keyOf(record) === String(contact_id))).toHaveRecorded(
      { name: 'ContactCreated', data: { version: 1 } },
      { name: 'PortalLoginChanged', data: { version, changes: ['removed'], email: null, credential: null } },
      { kind: 'tombstone', contactId: contact_id, version },
    );
  });
});

describe('the builders', () => {
  it('build what the gateway wrote', () => {
    const contacts = new Map<number, ContactState>();
    const logins = new Map<number, LoginEvent>();
    for (const event of events) {
      const { id, time, correlationId, actor, data } = event;
      const occasion = { id, time, correlationId, actor };
      const contact = contacts.get(data.contact_id);
      const login = logins.get(data.contact_id);
      const built = matchEvent<ContactSyncEvent, ContactSyncEvent>(event, {
        ContactCreated: ({ data: { contact_id, contact: made } }) =>
          aContactCreated({ contact_id, ...ownFields(made) }, occasion),
        ContactUpdated: ({ data: { contact: changed } }) => aContactUpdated(ownFields(changed), { after: contact!, ...occasion }),
        ContactDeleted: () => aContactDeleted({ after: contact!, ...occasion }),
        PortalLoginChanged: ({ data: told }) => builtLogin(told, { ...(login && { after: login }), ...occasion }),
      });
      if (!isDeepStrictEqual(lasting(built), lasting(event))) expect(lasting(built)).toEqual(lasting(event));
      if (built.name === 'PortalLoginChanged') logins.set(data.contact_id, built);
      else if (built.name !== 'ContactDeleted') contacts.set(data.contact_id, built);
    }
    expect(contacts.size).toBe(new Set(history.map(keyOf)).size);
  });
});

type LoginEvent = ContactSyncEvent<'PortalLoginChanged'>;

const builtLogin = ({ contact_id, email, credential }: LoginEvent['data'], occasion: { after?: LoginEvent }): LoginEvent =>
  email === null ? aPortalLoginRemoved(occasion) : aPortalLoginChanged({ contact_id, email, credential: credential! }, occasion);

/** The event without its position, which goes on over all that is built in the process. */
const lasting = (event: ContactSyncEvent): object => ({ ...event, data: { ...event.data, position: 0 } });

const OWN_FIELDS = [...CONTACT_TEXTS, 'has_portal_login'] as const;

/** What a test would say of a contact: nothing that follows from it. */
const ownFields = (contact: ContactSnapshot): ContactFields => ({
  ...Object.fromEntries(OWN_FIELDS.map((name) => [name, contact[name]])),
  companies: contact.companies,
  tags: contact.tags,
});
