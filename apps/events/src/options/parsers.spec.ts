import { describe, expect, it } from '@jest/globals';
import { contactId, eventType, pastTime, several, time } from './parsers.js';

const NOW = Date.parse('2026-02-03T04:05:06Z');
const read = time(() => NOW);

describe('a time on the command line', () => {
  it.each([
    ['2026-01-31T09:00:00Z', '2026-01-31T09:00:00.000Z'],
    ['2026-01-31T09:00:00.5+02:00', '2026-01-31T07:00:00.500Z'],
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['90s', '2026-02-03T04:03:36.000Z'],
    ['15m', '2026-02-03T03:50:06.000Z'],
    ['2h', '2026-02-03T02:05:06.000Z'],
    ['7d', '2026-01-27T04:05:06.000Z'],
  ])('when it is %s / it means %s', (text, expected) => {
    expect(new Date(read(text)).toISOString()).toBe(expected);
  });

  it.each(['', 'yesterday', '5', '2026-13-01', '2026-01-31T09:00:00', '-5m', '1w'])('when it is %j / it is refused', (text) => {
    expect(() => read(text)).toThrow(/how long ago/);
  });
});

describe('a time to begin at', () => {
  it('when it is now or before / it is taken', () => {
    expect([pastTime(() => NOW)('0s'), pastTime(() => NOW)('2026-02-03T04:05:06Z')]).toEqual([NOW, NOW]);
  });

  it('when it is still to come / it is refused', () => {
    expect(() => pastTime(() => NOW)('2026-02-03T04:05:07Z')).toThrow(/still to come/);
  });
});

describe('options that select records', () => {
  it.each(['0', '-1', '1.5', 'x', '', '01', '99999999999999999999'])('when a contact id is %j / it is refused', (text) => {
    expect(() => contactId(text)).toThrow(/named by its id/);
  });

  it('when several contacts are given / they are separated by commas, or the option is repeated', () => {
    const read = several(contactId);
    expect(read('4', read('1, 2', undefined))).toEqual([1, 2, 4]);
  });

  it('when a type is given / any case is accepted, an unknown type is refused', () => {
    expect(eventType('contactupdated')).toBe('ContactUpdated');
    expect(eventType('Tombstone')).toBe('tombstone');
    expect(() => eventType('Updated')).toThrow(/ContactCreated, .*tombstone/);
  });
});
