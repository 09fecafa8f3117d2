import { describe, expect, it } from '@jest/globals';
import { Kafka } from 'cloudevents';
import { attributesDefect, decodeRecord, encodeEvent, tombstoneAfter, type EventRecord } from './event.codec.js';
import { UnreadableEvent, UnsupportedEventVersion } from './event.errors.js';
import { EVENT_EXAMPLES } from './event.examples.js';
import type { ContactSyncEvent } from './events.js';

const login: ContactSyncEvent<'PortalLoginChanged'> = {
  name: 'PortalLoginChanged',
  id: '0192a7b0-0000-7000-8000-000000000001',
  time: '2026-01-02T03:04:05.678Z',
  correlationId: 'req-1',
  actor: '7',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  data: {
    contact_id: 123,
    version: 3,
    position: 4711,
    changes: ['email'],
    email: 'new@x.io',
    previous_email: 'old@x.io',
    credential: 'e.y.J',
  },
};

const asBytes = (record: EventRecord) => ({
  key: Buffer.from(record.key),
  value: record.value === null ? null : Buffer.from(record.value),
  headers: Object.fromEntries(Object.entries(record.headers).map(([name, value]) => [name, Buffer.from(value)])),
});
const withHeader = (name: string, value: string | undefined) => {
  const record = asBytes(encodeEvent(login));
  return { ...record, headers: { ...record.headers, [name]: value === undefined ? undefined : Buffer.from(value) } };
};
const withValue = (value: string | Buffer) => ({ ...asBytes(encodeEvent(login)), value: Buffer.from(value) });

describe('encodeEvent', () => {
  it('when an event is encoded / writes CloudEvents headers, the contact id as key and a sequence that sorts as text', () => {
    const { topic, key, headers, value } = encodeEvent(login);
    expect({ topic, key }).toEqual({ topic: 'portal-logins.v1', key: '123' });
    expect(headers).toEqual({
      ce_specversion: '1.0',
      ce_id: login.id,
      ce_source: '/contact-sync/gateway',
      ce_type: 'contact-sync.PortalLoginChanged.v1',
      ce_time: login.time,
      ce_subject: 'contacts/123',
      ce_dataschema: 'urn:contact-sync:schemas:PortalLoginChanged:v1',
      ce_sequence: '00000000000000000003',
      ce_correlationid: 'req-1',
      ce_actor: '7',
      ce_traceparent: login.traceparent,
      traceparent: login.traceparent,
      'content-type': 'application/json',
    });
    expect(JSON.parse(value!)).toEqual(login.data);
  });

  it('when no token asked for the change, and the request was not traced / leaves their headers out', () => {
    const { headers } = encodeEvent({ ...login, actor: null, traceparent: null });
    for (const name of ['ce_actor', 'ce_traceparent', 'traceparent']) expect(headers).not.toHaveProperty(name);
  });

  it('when the CloudEvents SDK reads the record / gives the same event', () => {
    const { headers, value } = encodeEvent(login);
    const read = Kafka.toEvent({ headers, value, body: value } as never) as unknown as Record<string, unknown>;
    expect(read).toMatchObject({
      id: login.id,
      type: 'contact-sync.PortalLoginChanged.v1',
      source: '/contact-sync/gateway',
      subject: 'contacts/123',
    });
  });
});

it("when CloudEvents' JavaScript library gets a tombstone / it throws, as docs/subscribers.md says", () => {
  const { headers } = tombstoneAfter(login, 'own-id');
  expect(() => Kafka.toEvent({ headers, value: null, body: null } as never)).toThrow(TypeError);
});

describe('decodeRecord', () => {
  it('when a record was encoded here / gives the same event', () => {
    expect(decodeRecord(asBytes(encodeEvent(login)))).toEqual({ kind: 'event', event: login });
  });

  it('when a record is in structured content mode / reads it', () => {
    const { headers, key, value } = encodeEvent(login);
    const envelope = Object.fromEntries(
      Object.entries(headers)
        .filter(([name]) => name.startsWith('ce_'))
        .map(([name, text]) => [name.slice(3), text]),
    );
    const record = {
      key,
      value: JSON.stringify({ ...envelope, data: JSON.parse(value!) }),
      headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
    };
    expect(decodeRecord(record)).toEqual({ kind: 'event', event: login });
  });

  it('when a record is a tombstone / reads it as the removal of that version', () => {
    const record = asBytes(tombstoneAfter(login, 'own-id'));
    expect(decodeRecord(record)).toEqual({
      kind: 'tombstone',
      name: 'PortalLoginChanged',
      contactId: 123,
      version: 3,
      id: 'own-id',
    });
    expect(record.headers['content-type']).toBeUndefined();
  });

  it.each(['x', '0', '', '0x7b', '1e2', ' 123', '9007199254740992'])(
    'when the key of a tombstone is "%s" / refuses it',
    (key) => {
      const record = { ...tombstoneAfter(login, 'own-id'), key };
      expect(() => decodeRecord(record)).toThrow(new UnreadableEvent('key: must be the contact id.'));
    },
  );

  it.each(['x', '0', '0x3', '3.0'])('when the sequence of a tombstone is "%s" / refuses it', (sequence) => {
    const record = tombstoneAfter(login, 'own-id');
    const headers = { ...record.headers, ce_sequence: sequence };
    expect(() => decodeRecord({ ...record, headers })).toThrow(new UnreadableEvent('sequence: must be a version.'));
  });

  it('when a record about a company has no value / refuses it: that topic has no tombstones', () => {
    const record = { ...encodeEvent(EVENT_EXAMPLES.CompanyDeleted), value: null };
    expect(() => decodeRecord(record)).toThrow(new UnreadableEvent('value: must be given.'));
  });

  it('when fields or changes are unknown / accepts them', () => {
    const value = JSON.stringify({ ...login.data, changes: ['teleported'], extra: 1 });
    expect(decodeRecord(withValue(value))).toMatchObject({
      kind: 'event',
      event: { data: { changes: ['teleported'], extra: 1 } },
    });
  });

  it("when a contact's or login's data have gained a company_id / the event is still about the contact", () => {
    const event = { ...login, data: { ...login.data, company_id: 9 } };
    expect(encodeEvent(event)).toMatchObject({ key: '123', headers: { ce_subject: 'contacts/123' } });
    expect(decodeRecord(withValue(JSON.stringify(event.data)))).toEqual({ kind: 'event', event });
  });

  it.each([
    'contact-sync.ContactPlanted.v1',
    'contact-sync.PortalLoginChanged.v1.draft',
    'com.contact-sync.PortalLoginChanged.v1',
    'contact-sync.toString.v1',
  ])('when an event is unknown, as %s / returns its name, so that a reader can skip it', (type) => {
    expect(decodeRecord(withHeader('ce_type', type))).toEqual({ kind: 'unknown', type });
  });

  it('when a known event has another major version / throws UnsupportedEventVersion', () => {
    expect(() => decodeRecord(withHeader('ce_type', 'contact-sync.PortalLoginChanged.v2'))).toThrow(UnsupportedEventVersion);
  });

  it.each([
    ['no JSON', withValue('{'), /Not JSON/],
    ['no UTF-8', withValue(Buffer.from([0xff, 0xfe, 0x7b])), /Not UTF-8/],
    ['broken data', withValue('{"contact_id":"123"}'), /contact_id|required/],
    ['another key', { ...asBytes(encodeEvent(login)), key: Buffer.from('124') }, /key/],
    ['no specversion', withHeader('ce_specversion', undefined), /specversion/],
    ['no id', withHeader('ce_id', undefined), /id/],
  ])('when a record has %s / refuses it and gives the reason without the value', (_, record, reason) => {
    expect(() => decodeRecord(record)).toThrow(UnreadableEvent);
    expect(() => decodeRecord(record)).toThrow(reason);
  });
});

describe('attributesDefect', () => {
  it.each([
    ['an event', asBytes(encodeEvent(login)), undefined],
    ['a tombstone', asBytes(tombstoneAfter(login, 'own-id')), undefined],
    ['an unknown event with a value that is not JSON', { ...withHeader('ce_type', 'x'), value: Buffer.from('{') }, undefined],
    ['another specversion', withHeader('ce_specversion', '2'), 'specversion: must be 1.0.'],
    ['an empty subject', withHeader('ce_subject', ''), 'subject: must not be empty.'],
    [
      'an actor that is not UTF-8',
      { ...withHeader('ce_actor', ''), headers: { ...withHeader('ce_actor', '').headers, ce_actor: Buffer.from([0xff]) } },
      'Not UTF-8: header ce_actor.',
    ],
  ])('when a record has %s / says what is wrong with its attributes', (_, record, defect) => {
    expect(attributesDefect(record)).toBe(defect);
  });
});
