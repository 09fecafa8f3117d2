import { describe, expect, it } from '@jest/globals';
import { Compile } from 'typebox/compile';
import { decodeRecord, encodeEvent } from '../event.codec.js';
import { CloudEventHeadersSchema, CompanyEventHeadersSchema } from '../event.headers.js';
import { eventDataDefects } from '../event.validation.js';
import { EVENTS, isCompanyEvent, type ContactSyncEvent } from '../events.js';
import {
  aCompanyCreated,
  aCompanyDeleted,
  aCompanyUpdated,
  aContactCreated,
  aContactDeleted,
  aContactUpdated,
  aPortalLoginChanged,
  aPortalLoginRemoved,
  aTombstone,
} from './index.js';

const built: [string, () => ContactSyncEvent][] = [
  ['aContactCreated', () => aContactCreated()],
  ['aContactUpdated', () => aContactUpdated()],
  ['aContactDeleted', () => aContactDeleted()],
  ['aCompanyCreated', () => aCompanyCreated()],
  ['aCompanyUpdated', () => aCompanyUpdated()],
  ['aCompanyDeleted', () => aCompanyDeleted()],
  ['aPortalLoginChanged', () => aPortalLoginChanged()],
  ['aPortalLoginRemoved', () => aPortalLoginRemoved()],
];

describe.each(built)('%s()', (_, build) => {
  it('when it is encoded and decoded / is valid and unchanged', () => {
    const event = build();
    expect(eventDataDefects(event.name, event.data)).toEqual([]);
    const record = encodeEvent(event);
    const schema = isCompanyEvent(event) ? CompanyEventHeadersSchema : CloudEventHeadersSchema;
    expect(Compile(schema).Errors(record.headers)).toEqual([]);
    expect(decodeRecord(record)).toEqual({ kind: 'event', event });
  });

  it('when it is built again / has a new id and a later time, and takes the given metadata', () => {
    const [one, other] = [build(), build()];
    expect(other.id).not.toBe(one.id);
    expect(other.time > one.time).toBe(true);
  });
});

it('the builders / cover every event', () => {
  expect(new Set(built.map(([, build]) => build().name))).toEqual(new Set(Object.keys(EVENTS)));
});

describe('a company that is built', () => {
  const acme = aCompanyCreated({
    company_id: 7,
    name: 'Acme',
    address: '1 Main Street',
    city: 'Springfield',
    tags: [{ name: 'b' }, { name: 'A' }],
  });

  it('when it is created / has the address and the order of tags that the gateway would give it', () => {
    expect(acme.data.company).toMatchObject({
      id: 7,
      version: 1,
      full_address: '1 Main Street, Springfield',
      tags: [{ name: 'A' }, { name: 'b' }],
    });
    expect(acme.data.changed).toContain('full_address');
    expect(acme.data.changed).not.toContain('version');
  });

  it('when it is changed / names the changed fields, including derived ones, with the former values', () => {
    const moved = aCompanyUpdated({ city: null }, { after: acme });
    expect(moved.data).toMatchObject({
      version: 2,
      changed: ['city', 'full_address'],
      before: { city: 'Springfield', full_address: '1 Main Street, Springfield' },
    });
    expect(aCompanyDeleted({ after: moved }).data).toEqual({ company_id: 7, version: 3 });
    expect(() => aCompanyUpdated({ city: null }, { after: moved })).toThrow(TypeError);
  });
});

describe('a contact that is built', () => {
  it('when it is created / has the derived fields that the gateway would compute', () => {
    const { contact } = aContactCreated({
      last_name: null,
      phone_1: '+1 555 0100',
      companies: [{ id: 7, name: 'Beta', is_primary: true }, { id: 8 }],
      tags: [{ name: 'zoo' }, { name: 'Art' }],
    }).data;
    expect(contact).toMatchObject({
      full_name: 'John',
      phone: '+1 555 0100',
      company_id: '7',
      company: { id: '7', name: 'Beta' },
      is_primary: true,
      tags: [{ name: 'Art' }, { name: 'zoo' }],
    });
    expect(aContactCreated({ first_name: null, last_name: null, companies: [] }).data.contact).toMatchObject({
      full_name: null,
      company_id: null,
      company: null,
      is_primary: false,
    });
  });

  it('when it is changed / continues from its former state, and names the changed fields, including derived ones', () => {
    const created = aContactCreated(
      { first_name: 'Ann', last_name: null, email: 'ann@x.io' },
      { time: '2026-01-01T00:00:00.000Z' },
    );
    const updated = aContactUpdated(
      { last_name: 'Lee', email: 'ann@x.io' },
      { after: created, actor: null, correlationId: 'mine' },
    );
    expect(updated).toMatchObject({ actor: null, correlationId: 'mine' });
    expect(updated.data).toMatchObject({
      contact_id: created.data.contact_id,
      version: 2,
      changed: ['last_name', 'full_name'],
      before: { last_name: null, full_name: 'Ann' },
      contact: { version: 2, full_name: 'Ann Lee', created_at: '2026-01-01T00:00:00.000Z', updated_at: updated.time },
    });
    expect(Object.keys(updated.data.before)).toEqual(updated.data.changed);
  });

  it('when nothing of it changes / throws, since there is no such event', () => {
    const created = aContactCreated({ email: 'ann@x.io' });
    expect(() => aContactUpdated({ email: 'ann@x.io' }, { after: created })).toThrow(TypeError);
  });

  it('when it is deleted / is one version later, with the companies that it had', () => {
    const updated = aContactUpdated({ companies: [{ id: 9 }, { id: 4 }] });
    expect(aContactDeleted({ after: updated }).data).toEqual({
      contact_id: updated.data.contact_id,
      version: 3,
      company_ids: [9, 4],
    });
  });
});

describe('a login that is built', () => {
  const created = aPortalLoginChanged({ contact_id: 12, email: 'Ann@x.io' });

  it('when it is changed / continues version and position, and names the changes', () => {
    const renamed = aPortalLoginChanged({ email: 'ann.lee@x.io' }, { after: created });
    const both = aPortalLoginChanged({ email: 'lee@x.io', credential: 'a.b.c.d.e' }, { after: renamed });
    const resealed = aPortalLoginChanged({ credential: 'f.g.h.i.j', changes: [] }, { after: both });
    const [first, ...later] = [created, renamed, both, resealed].map(({ data }) => data);
    expect(first).toMatchObject({ contact_id: 12, version: 1, changes: ['created'], email: 'Ann@x.io', previous_email: null });
    expect(later).toMatchObject([
      { contact_id: 12, version: 2, changes: ['email'], email: 'ann.lee@x.io', previous_email: 'Ann@x.io' },
      { version: 3, changes: ['email', 'password'], previous_email: 'ann.lee@x.io', credential: 'a.b.c.d.e' },
      { version: 4, changes: [], email: 'lee@x.io', previous_email: null, credential: 'f.g.h.i.j' },
    ]);
    const positions = [created, renamed, aPortalLoginChanged(), both].map(({ data }) => data.position);
    expect(renamed.data.position).toBeGreaterThan(created.data.position);
    expect(positions[2]).toBeGreaterThan(resealed.data.position);
  });

  it('when it is removed / has no content, and a tombstone follows; when it is created again, it continues from there', () => {
    const removed = aPortalLoginRemoved({ after: created });
    expect(removed.data).toMatchObject({ version: 2, changes: ['removed'], email: null, previous_email: null, credential: null });
    const tombstone = aTombstone(removed);
    expect(decodeRecord(tombstone)).toMatchObject({ kind: 'tombstone', contactId: 12, version: 2 });
    expect(tombstone.headers['ce_id']).not.toBe(removed.id);
    const again = aPortalLoginChanged({ email: 'ann@x.io' }, { after: removed });
    expect(again.data).toMatchObject({ contact_id: 12, version: 3, changes: ['created'], previous_email: null });
  });
});
