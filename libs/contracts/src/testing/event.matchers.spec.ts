import { describe, expect, it } from '@jest/globals';
import { encodeEvent } from '../event.codec.js';
import {
  aContactCreated,
  aContactUpdated,
  aPortalLoginRemoved,
  aTombstone,
  eventMatchers,
  type Received,
  type Verdict,
} from './index.js';

const created = aContactCreated({ contact_id: 7, email: 'ann@x.io', first_name: 'Ann' });
const updated = aContactUpdated({ email: 'lee@x.io' }, { after: created });
const removed = aPortalLoginRemoved();
const said = ({ pass, message }: Verdict): string => `${pass ? 'passes' : 'fails'}: ${message()}`;

describe('toBeEvent', () => {
  const { toBeEvent } = eventMatchers;

  it('when the named data matches / passes for a record, as bytes or text, and for an event', () => {
    const bytes = { ...encodeEvent(updated), value: Buffer.from(encodeEvent(updated).value!) };
    for (const received of [updated, encodeEvent(updated), bytes] as Received[])
      expect(said(toBeEvent(received, 'ContactUpdated', { version: 2, contact: { email: 'lee@x.io' } }))).toBe(
        'passes: Expected not: a valid ContactUpdated',
      );
  });

  it('when the expected data contains matchers or lists / accepts the matchers, and compares lists as a whole', () => {
    expect(toBeEvent(updated, 'ContactUpdated', { contact: { email: expect.stringContaining('@x.io') } }).pass).toBe(true);
    expect(said(toBeEvent(updated, 'ContactUpdated', { changed: ['email', 'tags'] }))).toContain(
      'data.changed.1: expected "tags", was nothing',
    );
    expect(said(toBeEvent(updated, 'ContactUpdated', { changed: [] }))).toContain(
      'data.changed.0: expected nothing, was "email"',
    );
  });

  it('when fields differ / names each of them and no other', () => {
    expect(
      said(toBeEvent(encodeEvent(updated), 'ContactUpdated', { version: 3, contact: { email: 'ann@y.io', first_name: 'Ann' } })),
    ).toBe(
      `fails: Expected a valid ContactUpdated:
  data.version: expected 3, was 2
  data.contact.email: expected "ann@y.io", was "lee@x.io"`,
    );
  });

  it('when it is another event, a tombstone or unreadable / names what it is', () => {
    expect(said(toBeEvent(updated, 'ContactCreated'))).toContain('name: expected "ContactCreated", was "ContactUpdated"');
    expect(said(toBeEvent(aTombstone(removed), 'PortalLoginChanged'))).toContain('kind: expected "event", was "tombstone"');
    const broken = { ...encodeEvent(updated), value: '{"contact_id":7}' };
    expect(said(toBeEvent(broken, 'ContactUpdated'))).toMatch(/kind: expected "event", was "unreadable: data.*version/);
  });
});

describe('toHaveRecorded', () => {
  const { toHaveRecorded } = eventMatchers;
  const records = [created, updated, removed].map((event) => encodeEvent(event));

  it('when the events are there in this order / passes, whatever is between them', () => {
    const expected = [{ name: 'ContactCreated' }, { name: 'PortalLoginChanged', data: { changes: ['removed'] } }] as const;
    expect(toHaveRecorded(records, ...expected).pass).toBe(true);
    expect(toHaveRecorded([...records, aTombstone(removed)], ...expected, { kind: 'tombstone', version: 2 }).pass).toBe(true);
    expect(toHaveRecorded(records, expected[1], expected[0]).pass).toBe(false);
  });

  it('when two expected events match one record / fails', () => {
    expect(toHaveRecorded(records, { name: 'ContactCreated' }, { name: 'ContactCreated' }).pass).toBe(false);
  });

  it('when one is missing / shows how the closest record differs', () => {
    expect(
      said(
        toHaveRecorded(records, { name: 'ContactCreated' }, { name: 'ContactUpdated', data: { contact: { email: 'ann@y.io' } } }),
      ),
    ).toBe(
      `fails: Expected ContactUpdated (2 of 2):
  the closest is record 2
  data.contact.email: expected "ann@y.io", was "lee@x.io"`,
    );
    expect(said(toHaveRecorded([], { name: 'ContactCreated' }))).toContain('no records are left');
  });
});
