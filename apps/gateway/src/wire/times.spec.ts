import { expect, it } from '@jest/globals';
import { readTime } from './times.js';

it.each([
  ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
  ['2026-01-02t03:04:05.6789z', '2026-01-02T03:04:05.678Z'],
  ['2026-01-02T03:04:05+02:30', '2026-01-02T00:34:05.000Z'],
  ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
])('%s is %s', (text, time) => {
  expect(readTime(text)?.toISOString()).toBe(time);
});

it.each([
  '2026-02-30T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T00:00:00',
  '2026-01-01',
  '2026-01-01 00:00:00Z',
  '9999-12-31T23:59:59-12:00',
  '0000-01-01T00:00:00+12:00',
  'tomorrow',
  '',
  0,
  null,
])('%p is no time', (value) => {
  expect(readTime(value)).toBeNull();
});
