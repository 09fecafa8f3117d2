import { describe, expect, it } from '@jest/globals';
import { login } from '../events.fixtures.js';
import { byOrigin, originalOf, readDeadLetter, type DeadLetter } from './dead-letter.js';
import type { SourceRecord } from '../reading/shown-record.js';
import { select } from './letter-box.js';

const deadRecord = (offset: number, dl: Record<string, string>, contact = '123'): SourceRecord => {
  const record = login(1);
  const headers = {
    ...record.headers,
    ...Object.fromEntries(Object.entries(dl).map(([name, text]) => [`dl_${name}`, Buffer.from(text)])),
  };
  return { ...record, partition: 2, offset, key: Buffer.from(contact), headers };
};
const dead = (...of: Parameters<typeof deadRecord>): DeadLetter => readDeadLetter(deadRecord(...of));
const from = (partition: number, offset: number) => ({ topic: 'logins', partition: `${partition}`, offset: `${offset}` });

describe('a dead letter', () => {
  it('when it is read / has the original record and the headers that the dead letter adds', () => {
    const letter = dead(7, { ...from(1, 4711), reason: 'UnreadableEvent: no', time: '2026-02-03T04:05:07.000Z' });
    expect(letter).toMatchObject({ place: '2@7', reason: 'UnreadableEvent: no', time: '2026-02-03T04:05:07.000Z' });
    expect(letter).toMatchObject({ origin: { topic: 'logins', partition: 1, offset: 4711 }, contactId: 123, version: 1 });
    expect(originalOf(deadRecord(7, { reason: 'no' })).headers).toEqual(login(1).headers);
  });

  it('when it lacks something of its original / says what', () => {
    expect(dead(1, from(0, 1)).cut).toBeNull();
    expect(dead(1, { ...from(0, 1), cut: 'value' }).cut).toBe('value');
  });

  it('when no auth app wrote it / has no origin', () => {
    expect(dead(1, {}).origin).toBeNull();
    expect(dead(1, { ...from(1, 1), offset: 'x' }).origin).toBeNull();
  });

  it('when letters are in any order / they are sorted like their originals', () => {
    const letters = [dead(1, from(1, 3)), dead(2, from(0, 5)), dead(3, from(1, 2))];
    expect(letters.sort(byOrigin).map(({ place }) => place)).toEqual(['2@2', '2@3', '2@1']);
  });
});

describe('selected dead letters', () => {
  const waiting = dead(1, { ...from(0, 1), reason: 'UnreadableEvent' });
  const redriven: DeadLetter = { ...dead(2, from(0, 2)), outcome: 'redriven' };
  const other = dead(3, { ...from(0, 3), reason: 'UnreadableCredential' }, '5');
  const all = [waiting, redriven, { ...other, contactId: 5 }];
  const places = (...args: [string[], object]) => select(all, ...args).map(({ place }) => place);

  it('when none is named / are the waiting ones', () => {
    expect(places([], { all: true })).toEqual(['2@1', '2@3']);
    expect(places([], { contact: [5] })).toEqual(['2@3']);
    expect(places([], { reason: 'Event' })).toEqual(['2@1']);
    expect(places(['2@2'], {})).toEqual(['2@2']);
  });

  it('when no option selects letters, or none matches / an error says so', () => {
    expect(() => places([], {})).toThrow(/Say which/);
    expect(() => places(['2@9'], {})).toThrow(/no dead letter 2@9/);
    expect(() => places([], { contact: [77] })).toThrow(/No dead letter waits/);
  });
});
