import { expect, it } from '@jest/globals';
import { readTimeOrDate } from './times.js';

it.each([
  ['2026-01-02', '2026-01-02T00:00:00.000Z'],
  ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
  ['2026-01-02 03:04:05+01:00', '2026-01-02T02:04:05.000Z'],
])('when a time is %s / it means %s', (text, time) => {
  expect(readTimeOrDate(text)?.toISOString()).toBe(time);
});

it.each(['2026-02-30', '2026-01-02Z', '2026-1-2', '2026-01', '2026-01-02T24:00:00Z'])(
  '%s / is neither a time nor a date',
  (text) => {
    expect(readTimeOrDate(text)).toBeNull();
  },
);
