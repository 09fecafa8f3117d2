import { describe, expect, it } from '@jest/globals';
import { contactId, eventType, several, time } from './parsers.js';

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
  ])('%s is %s', (text, expected) => {
    expect(new Date(read(text)).toISOString()).toBe(expected);
  });

  it.each(['', 'yesterday', '5', '2026-13-01', '2026-01-31T09:00:00', '-5m', '1w'])('%j is none', (text) => {
    expect(() => read(text)).toThrow(/how long ago/);
  });
});

describe('what names records', () => {
  it.each(['0', '-1', '1.5', 'x', '', '01', '99999999999999999999'])('%j is no contact', (text) => {
    expect(() => contactId(text)).toThrow(/named by its id/);
  });

  it('several contacts stand with commas between, or in options repeated', () => {
    const read = several(contactId);
    expect(read('4', read('1, 2', undefined))).toEqual([1, 2, 4]);
  });

  it('a type is taken whatever its case, and only a known one', () => {
    expect(eventType('contactupdated')).toBe('ContactUpdated');
    expect(eventType('Tombstone')).toBe('tombstone');
    expect(() => eventType('Updated')).toThrow(/ContactCreated, .*tombstone/);
  });
});
