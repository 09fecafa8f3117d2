import { expect, it } from '@jest/globals';
import { positionHeaders } from './export.headers.js';

const mark = (length: number) => ({ cursor: 'AAAA', offsets: { ['t'.repeat(length - '{"":{"0":1}}'.length)]: { 0: 1 } } });

it('when the offsets have up to 4 KB / the headers have cursor and offsets', () => {
  const headers = positionHeaders(mark(4_096));
  expect(headers['snapshot-cursor']).toBe('AAAA');
  expect(headers['snapshot-offsets']).toHaveLength(4_096);
});

it('when the offsets are longer / the headers have the cursor alone', () =>
  expect(positionHeaders(mark(4_097))).toEqual({ 'snapshot-cursor': 'AAAA' }));
