import { describe, expect, it } from '@jest/globals';
import { EVENT_EXAMPLES } from '#app/contracts';
import { event, login, shown, tombstone } from '../events.fixtures.js';
import { historyOf } from './contact-history.js';

const EXAMPLE_CONTACT = EVENT_EXAMPLES.ContactUpdated.data.contact;
const created = (data: object = {}) => event('ContactCreated', { version: 1, contact: { ...EXAMPLE_CONTACT, ...data } });
const updated = (version: number, before: object, after: object, id?: string) =>
  event(
    'ContactUpdated',
    { version, changed: Object.keys(before) as never, before, contact: { ...EXAMPLE_CONTACT, ...after } },
    id,
  );
const changesOf = (...records: Parameters<typeof shown>) => historyOf(shown(...records)).map(({ changes }) => changes);
const findingsOf = (...records: Parameters<typeof shown>) => historyOf(shown(...records)).map(({ findings }) => findings);

describe("a company's history", () => {
  it('when versions follow each other / compares each with the one before it, and reports none missing before the first', () => {
    const acme = EVENT_EXAMPLES.CompanyUpdated.data.company;
    const records = [
      event('CompanyUpdated', { version: 3 }),
      event('CompanyUpdated', {
        version: 4,
        changed: ['city'],
        before: { city: 'Springfield' },
        company: { ...acme, city: null },
      }),
      event('CompanyDeleted', { version: 5 }),
    ];
    const [renamed, moved, deleted] = changesOf(...records);
    expect(renamed).toEqual([{ field: 'name', before: 'Acme', after: 'Acme Corp', unmarked: false }]);
    expect(moved).toEqual([{ field: 'city', before: 'Springfield', after: null, unmarked: false }]);
    expect(deleted).toContainEqual({ field: 'name', before: 'Acme Corp', after: null, unmarked: false });
    expect(findingsOf(...records)).toEqual([[], [], []]);
  });
});

describe("a contact's history", () => {
  it('when versions follow each other / compares each with the one before it', () => {
    const [first, second] = changesOf(
      created({ email: 'a@b.c', phone: null }),
      updated(2, { email: 'a@b.c' }, { email: 'd@e.f' }),
    );
    expect(first).toContainEqual({ field: 'email', before: null, after: 'a@b.c', unmarked: false });
    expect(first!.map(({ field }) => field)).not.toContain('phone');
    expect(second!.filter(({ unmarked }) => !unmarked)).toEqual([
      { field: 'email', before: 'a@b.c', after: 'd@e.f', unmarked: false },
    ]);
  });

  it('when the event does not list a changed field / marks it', () => {
    const renamed = { company: { id: '1', name: 'New' } };
    const [, changes] = changesOf(created(), updated(2, { email: EXAMPLE_CONTACT.email }, { ...renamed, email: 'd@e.f' }));
    expect(changes).toContainEqual({ field: 'company', before: EXAMPLE_CONTACT.company, after: renamed.company, unmarked: true });
    expect(changes).toHaveLength(2);
  });

  it('when the first versions are gone / shows only the changes that the event lists', () => {
    const [changes] = changesOf(updated(7, { email: 'a@b.c' }, { email: 'd@e.f' }));
    expect(changes).toEqual([{ field: 'email', before: 'a@b.c', after: 'd@e.f', unmarked: false }]);
    expect(changesOf(login(3, { previous_email: null, changes: ['password'] }))).toEqual([[]]);
  });

  it('when the contact has a login / counts the versions of each topic by themselves', () => {
    expect(findingsOf(created(), login(1), updated(2, { email: 'a' }, {}), login(2))).toEqual([[], [], [], []]);
  });

  it('when versions are missing at the beginning or between / marks them', () => {
    expect(findingsOf(login(3), login(4), login(6))).toEqual([
      [{ kind: 'missing', from: 1, to: 2 }],
      [],
      [{ kind: 'missing', from: 5, to: 5 }],
    ]);
  });

  it('when a version repeats, is older, or was given out twice / marks which of these it is', () => {
    const again = event('PortalLoginChanged', { version: 3, email: 'other@acme.example' }, 'another');
    expect(findingsOf(login(2), login(3), login(3), login(1), again).slice(2)).toEqual([
      [{ kind: 'repeated' }],
      [{ kind: 'late' }],
      [{ kind: 'conflict' }],
    ]);
    expect(changesOf(login(2), login(3), login(3), again).slice(2)).toEqual([[], []]);
  });

  it('when a tombstone follows its removal / is unmarked, and without its removal shows the missing version', () => {
    const removal = login(2, { email: null, credential: null, changes: ['removed'] });
    expect(findingsOf(login(1), removal, tombstone(2))).toEqual([[], [], []]);
    expect(findingsOf(tombstone(2))).toEqual([[{ kind: 'missing', from: 1, to: 1 }]]);
  });

  it('when a record is unreadable / skips it', () => {
    const broken = { ...login(2), value: Buffer.from('{') };
    expect(findingsOf(login(1), broken, login(2))).toEqual([[], [], []]);
  });
});
