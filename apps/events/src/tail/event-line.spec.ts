import { describe, expect, it } from '@jest/globals';
import { EVENT_EXAMPLES } from '#app/contracts';
import { paintFor } from '../colours.js';
import { event, login, recordOf, shown, tombstone } from '../events.fixtures.js';
import type { SourceRecord } from '../reading/shown-record.js';
import { eventLine } from './event-line.js';

const EXAMPLE_CONTACT = EVENT_EXAMPLES.ContactUpdated.data.contact;
const bare = paintFor({ write: () => undefined });
const dressed = paintFor({ isTTY: true, write: () => undefined });
/** The part of a line between the contact and the position. */
const line = (record: SourceRecord): string => eventLine(shown(record)[0]!, 'logins', { paint: bare });
const says = (record: SourceRecord): string => line(record).split(/ {2,}/).slice(3, -1).join('  ');

describe('the line of an event', () => {
  it('when any event is shown / has time, type, contact and position', () => {
    const record = { ...login(3), offset: 17 };
    expect(line(record)).toMatch(/^2026-02-03 04:05:06\.789 {2}PortalLoginChanged {2}123 v3 {5}.* {2}logins 3@17$/);
  });

  it.each<[string, SourceRecord, string]>([
    ['a creation', event('ContactCreated', { version: 1 }), 'John Smith <john@acme.example> at Acme Corp'],
    [
      'an update',
      event('ContactUpdated', { version: 2, changed: ['email', 'is_primary'], before: { email: 'a@b.c', is_primary: false } }),
      `email a@b.c → ${EXAMPLE_CONTACT.email}, is_primary false → ${EXAMPLE_CONTACT.is_primary}`,
    ],
    ['a deletion', event('ContactDeleted', { version: 8, company_ids: [4, 5] }), 'was at 4, 5'],
    ['a company that is created', event('CompanyCreated', { version: 1 }), 'Acme'],
    ['a company that is renamed', event('CompanyUpdated', { version: 3 }), 'name Acme → Acme Corp'],
    ['a company that is deleted', event('CompanyDeleted', { version: 4 }), 'deleted'],
    ['a moved login', login(3), 'email; john@acme.example → john.smith@acme.example; position 4711'],
    [
      'a login sealed anew',
      login(4, { changes: [], previous_email: null }),
      'sealed anew; john.smith@acme.example; position 4711',
    ],
    ['a tombstone', tombstone(5), 'removed as of v5'],
    [
      'an event that is not known',
      { ...login(3), headers: { ce_specversion: '1.0', ce_type: 'contact-sync.New.v1' } },
      'not known here',
    ],
    ['what is no event', { ...login(3), value: Buffer.from('{"credential":"x') }, 'unreadable: Not JSON: the value.'],
    [
      'a replayed event',
      { ...tombstone(5), headers: { ...tombstone(5).headers, ce_replayed: 'true' } },
      'removed as of v5 (replayed)',
    ],
  ])('when it is of %s / shows its content', (_, record, expected) => {
    expect(says(record)).toBe(expected);
  });

  it('when a value has control characters or is long / shows it escaped and cut', () => {
    const email = `\u001b[31m\u009b${'x'.repeat(70)}@acme.example`;
    const line = says(event('ContactUpdated', { version: 2, changed: ['email'], before: { email } }));
    expect(line).not.toMatch(/\p{Cc}/u);
    expect(line).toMatch(/^email {2}\[31m x{53}… → /);
  });

  it.each([
    [120, /^2026-.* v2 {5}email .*… {2}contacts 3@17$/],
    [80, /^2026-.* v2 {5}email .*…$/],
  ])(
    'when it is longer than the %i columns of a terminal / has that width, without a position where that leaves little',
    (columns, form) => {
      const record = {
        ...event('ContactUpdated', { version: 2, changed: ['email'], before: { email: 'x'.repeat(60) } }),
        offset: 17,
      };
      const line = eventLine(shown(record)[0]!, 'contacts', { paint: bare, columns });
      expect(line).toHaveLength(columns);
      expect(line).toMatch(form);
    },
  );

  it('when it is shorter than the terminal / is not changed', () => {
    const record = shown(tombstone(5))[0]!;
    expect(eventLine(record, 'logins', { paint: bare, columns: 200 })).toBe(eventLine(record, 'logins', { paint: bare }));
  });

  it('when the event has a credential / does not show it', () => {
    const record = login(3, { credential: `eyJ${'a'.repeat(200)}` });
    expect(JSON.stringify(shown(record))).not.toContain('eyJ');
  });

  it('when it is not for a terminal / has no colours', () => {
    expect(eventLine(shown(tombstone(5))[0]!, 'logins', { paint: dressed })).toContain('\u001b[');
    expect(line(recordOf({ topic: 'portal-logins.v1', key: '1', headers: {}, value: null }))).not.toContain('\u001b');
  });
});
