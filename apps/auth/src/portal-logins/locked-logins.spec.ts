import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LockedLogins } from './locked-logins.js';
import type { LoginRecord } from './login-record.js';
import { changed, deeds, GatewayModel, interleavings } from './login-histories.fixtures.js';
import type { LoginRow } from './login-row.js';

const NOW = new Date('2026-01-02T03:04:05Z');

/** Applies changes one by one to a table, as a consumer does with batches of one. */
function table(changes: readonly LoginRecord[], rows = new Map<number, LoginRow>()): Map<number, LoginRow> {
  for (const change of changes) {
    const logins = new LockedLogins([...rows.values()]);
    logins.apply(change, NOW);
    for (const row of logins.added) rows.set(row.contactId, row);
  }
  return rows;
}

/** Applies all changes as one batch. */
function batch(changes: readonly LoginRecord[]): Map<number, LoginRow> {
  const logins = new LockedLogins([]);
  for (const change of changes) logins.apply(change, NOW);
  return new Map([...logins.added].map((row) => [row.contactId, row]));
}

const shown = (rows: ReadonlyMap<number, LoginRow>) =>
  Object.fromEntries(
    [...rows].sort(([a], [b]) => a - b).map(([id, { version, email, credential }]) => [id, { version, email, credential }]),
  );

const only = (rows: ReadonlyMap<number, LoginRow>): LoginRow => [...rows.values()][0]!;

const created = changed({
  contactId: 1,
  version: 1,
  position: 10,
  changes: ['created'],
  email: 'A@x.io',
  credential: 'sealed 1',
});

describe('contacts of a history in any order', () => {
  const streamsOf = ({ changes }: GatewayModel): LoginRecord[][] =>
    [1, 2, 3, 4].map((contactId) => changes.filter((change) => change.contactId === contactId));

  it('when they arrive / the end is the state of the gateway, and before the end a batch leaves what its records leave one by one', () => {
    const property = fc.property(deeds, fc.infiniteStream(fc.nat()), (history, choices) => {
      const gateway = new GatewayModel(history);
      const merged = merge(streamsOf(gateway), choices);
      expect(shown(table(merged))).toEqual(shown(gateway.logins as Map<number, LoginRow>));
      expect(shown(batch(merged))).toEqual(shown(gateway.logins as Map<number, LoginRow>));
      const begun = merged.slice(0, merged.length / 2);
      expect(shown(batch(begun))).toEqual(shown(table(begun)));
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  it('when records are repeated, or compaction has left only the last record of each / the end is the state of the gateway', () => {
    const property = fc.property(deeds, fc.infiniteStream(fc.nat()), fc.infiniteStream(fc.nat()), (history, one, other) => {
      const gateway = new GatewayModel(history);
      const again = streamsOf(gateway).map((stream) => [...stream, ...stream.slice(stream.length / 2), ...stream]);
      const compacted = streamsOf(gateway).map((stream) => stream.slice(-1));
      const expected = shown(gateway.logins as Map<number, LoginRow>);
      expect(shown(table(merge(again, one)))).toEqual(expected);
      expect(shown(table(merge(compacted, other)))).toEqual(expected);
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  it('when an email moves from A to B and on to C / every order ends in the state of the gateway', () => {
    const moves = [
      [
        created,
        changed({ contactId: 1, version: 2, position: 20, changes: ['email'], email: 'old@x.io', credential: 'sealed 1' }),
      ],
      [
        changed({ contactId: 2, version: 1, position: 30, changes: ['created'], email: 'a@x.io', credential: 'sealed 2' }),
        changed({ contactId: 2, version: 2, position: 40, changes: ['removed'] }),
        { kind: 'tombstone' as const, eventId: '', contactId: 2, version: 2 },
      ],
      [changed({ contactId: 3, version: 1, position: 50, changes: ['created'], email: 'a@x.io', credential: 'sealed 3' })],
    ];
    const orders = interleavings<LoginRecord>(moves);
    expect(orders).toHaveLength(60);
    for (const order of orders) {
      const rows = table(order);
      expect([...rows.values()].sort((a, b) => a.contactId - b.contactId).map(({ email }) => email)).toEqual([
        'old@x.io',
        null,
        'a@x.io',
      ]);
    }
  });
});

describe('a record that arrives again', () => {
  it('when its login is held / changes nothing', () => {
    const rows = table([created]);
    const before = { ...only(rows) };
    expect(new LockedLogins([...rows.values()]).apply({ ...created, email: 'other@x.io' }, new Date())).toBe(false);
    expect({ ...only(rows) }).toEqual(before);
  });

  it('when its login was removed / keeps it removed', () => {
    const removal = changed({ contactId: 1, version: 2, position: 20 });
    expect(only(table([created, removal, created]))).toMatchObject({ version: 2, removed: true, email: null, credential: null });
  });
});

describe('a tombstone', () => {
  it('when it arrives / removes the login as of its version, without a version of its own', () => {
    const tombstone = { kind: 'tombstone', eventId: '', contactId: 1, version: 2 } as const;
    const again = changed({
      contactId: 1,
      version: 3,
      position: 30,
      changes: ['created'],
      email: 'a@x.io',
      credential: 'sealed 3',
    });
    expect(only(table([created, tombstone]))).toMatchObject({ version: 2, removed: true, email: null, credential: null });
    expect(only(table([created, tombstone, again]))).toMatchObject({ version: 3, removed: false, email: 'a@x.io' });
  });

  it('when the contact is unknown / keeps older records out', () => {
    expect(only(table([{ kind: 'tombstone', eventId: '', contactId: 1, version: 2 }, created]))).toMatchObject({ removed: true });
  });
});

describe('when a login changes', () => {
  const next = { contactId: 1, version: 2, position: 20, email: 'A@x.io', credential: 'sealed 1' };
  const sessionVersionAfter = (...changes: LoginRecord[]): number => only(table([created, ...changes])).sessionVersion;

  it.each([
    ['a new spelling of the email', { ...next, changes: ['email'], email: 'a@X.io', emailKey: 'a@x.io' }],
    ['a credential sealed anew', { ...next, credential: 'sealed anew', changes: [] }],
    ['a change of unknown kind', { ...next, changes: ['nickname'] }],
  ])('%s / its sessions go on', (_, change) => {
    expect(sessionVersionAfter(changed(change))).toBe(10);
  });

  it.each([
    ['a new email', { ...next, changes: ['email'], email: 'b@x.io' }],
    ['a new password', { ...next, changes: ['password'], credential: 'sealed 2' }],
    ['the same password set again', { ...next, changes: ['password'] }],
    ['a removal', { ...next, email: null, credential: null }],
    ['another credential after versions that never came', { ...next, version: 5, changes: ['email'], credential: 'sealed 4' }],
    ['a credential that cannot be read', { ...next, credential: null, isSalvaged: true }],
  ])('%s / its sessions end', (_, change) => {
    expect(sessionVersionAfter(changed(change))).toBe(20);
  });

  it('another login takes its email / its sessions end', () => {
    const claim = changed({
      contactId: 2,
      version: 1,
      position: 20,
      changes: ['created'],
      email: 'a@x.io',
      credential: 'sealed 2',
    });
    expect(table([created, claim]).get(1)).toMatchObject({ email: null, sessionVersion: 20 });
  });
});

describe('a credential that could not be read', () => {
  const salvaged = changed({ contactId: 1, version: 2, position: 20, email: 'new@x.io', changes: ['email'], isSalvaged: true });

  it('when it arrives / email and version are stored, and the login has no password', () => {
    expect(only(table([created, salvaged]))).toMatchObject({ version: 2, email: 'new@x.io', credential: null, removed: false });
  });

  it('when the same version comes again with a readable one / the login has the password; an older version brings none', () => {
    const readable = { ...salvaged, credential: 'sealed 2', isSalvaged: false };
    expect(only(table([created, salvaged, created]))).toMatchObject({ credential: null });
    expect(only(table([created, salvaged, readable]))).toMatchObject({ version: 2, credential: 'sealed 2' });
  });
});

/** One of the ways to merge streams, in each of which the order stays. */
function merge<T>(streams: readonly (readonly T[])[], choices: Iterable<number>): T[] {
  const left = streams.map((stream) => [...stream]).filter((stream) => stream.length > 0);
  const merged: T[] = [];
  for (const choice of choices) {
    if (left.length === 0) break;
    const index = choice % left.length;
    merged.push(left[index]!.shift()!);
    if (left[index]!.length === 0) left.splice(index, 1);
  }
  return merged;
}
