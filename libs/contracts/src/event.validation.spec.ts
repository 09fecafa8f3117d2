import { expect, it } from '@jest/globals';
import { IsDateTime } from 'typebox/format';
import { EVENT_EXAMPLES } from './event.examples.js';
import { eventDataDefects, isEventData } from './event.validation.js';

const { data } = EVENT_EXAMPLES.ContactUpdated;
const isValid = (time: string): boolean =>
  eventDataDefects('ContactUpdated', { ...data, contact: { ...data.contact, created_at: time } }).length === 0;

const two = (n: number): string => String(n).padStart(2, '0');
const days = [2023, 2024, 2100].flatMap((year) =>
  Array.from({ length: 14 * 33 }, (_, n) => `${year}-${two(n % 14)}-${two(Math.floor(n / 14))}`),
);

it('data of its own event / is the data of that event, and of no other', () => {
  expect([isEventData('ContactUpdated', data), isEventData('PortalLoginChanged', data)]).toEqual([true, false]);
});

it('of every day of a common year, a leap year and a century / those that exist are valid, and no others', () => {
  const exists = (day: string): boolean => {
    const date = new Date(`${day}T00:00:00.000Z`);
    return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
  };
  expect(days.filter((day) => isValid(`${day}T12:34:56.789Z`))).toEqual(days.filter(exists));
});

it.each([
  '2026-01-02T03:04:05.678Z',
  '2026-01-02T03:04:05Z',
  '2026-01-02t03:04:05.678901z',
  '2026-01-02T03:04:05.678+02:00',
  '2016-12-31T23:59:60Z',
  '2026-01-02T24:00:00.000Z',
  '2026-01-02T03:60:00.000Z',
  '2026-01-02T03:04:61.000Z',
  '2026-01-02 03:04:05.678Z',
  '2026-01-02T03:04:05.678',
  '2026-01-02T03:04:05.678Z ',
  ' 2026-01-02T03:04:05.678Z',
  '2026-01-02T03:04:05.678Z\n',
  '2026-1-2T03:04:05.678Z',
  '2026-01-02',
  '',
])('%j / is as valid as in the full check', (time) => {
  expect(isValid(time)).toBe(IsDateTime(time));
});
