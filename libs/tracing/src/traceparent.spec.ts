import { describe, expect, it } from '@jest/globals';
import { readTraceparent, traceparentOf } from './traceparent.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('a traceparent', () => {
  it('when it is well formed / is read, and written again as it was', () => {
    const text = `00-${TRACE}-${SPAN}-01`;
    expect(traceparentOf(readTraceparent(text)!)).toBe(text);
  });

  it.each(['', '-', '-what-the-future-adds'])(
    'when it is of a later version and ends in "01%s" / its ids and flags are read',
    (more) => {
      const read = readTraceparent(`cc-${TRACE}-${SPAN}-01${more}`);
      expect(read).toMatchObject({ traceId: TRACE, spanId: SPAN, traceFlags: 1 });
    },
  );

  it.each([
    ['the version is ff', `ff-${TRACE}-${SPAN}-01`],
    ['the trace id is zero', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['the span id is zero', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['letters are capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['version 00 has more behind the flags', `00-${TRACE}-${SPAN}-01-more`],
    ['something else is behind the flags', `cc-${TRACE}-${SPAN}-01.more`],
    ['a part is missing', `00-${TRACE}-01`],
  ])('when %s / is not read', (_, text) => {
    expect(readTraceparent(text)).toBeUndefined();
  });
});
