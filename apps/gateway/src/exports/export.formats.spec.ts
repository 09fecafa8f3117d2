import { describe, expect, it } from '@jest/globals';
import { csv, ndjson, prefersCsv } from './export.formats.js';

describe('an export as CSV', () => {
  const format = csv<Record<'a' | 'b', string | number | boolean | null | undefined>>([
    ['a', ({ a }) => a],
    ['b.name', ({ b }) => b],
  ]);

  it('when rows are written / has a header row, quotes where needed, and no end line', () => {
    expect(format.head).toBe('a,b.name\r\n');
    expect(format.rows([{ a: 'x, "y"', b: 'line\nbreak' }])).toBe('"x, ""y""","line\nbreak"\r\n');
    expect(format.rows([{ a: 'carriage\rreturn', b: 1 }])).toBe('"carriage\rreturn",1\r\n');
    expect(
      format.rows([
        { a: null, b: true },
        { a: 7, b: undefined },
      ]),
    ).toBe(',true\r\n7,\r\n');
    expect(format.end(2)).toBe('');
  });

  it.each(['=1+1', '+1 555', '-1', '@x', '\tx', '\rx'])('when a text is %j / puts an apostrophe before it', (text) => {
    expect(format.rows([{ a: text, b: -1 }])).toMatch(/^"?'/);
    expect(format.rows([{ a: text, b: -1 }])).toMatch(/,-1\r\n$/);
  });
});

it('when an export is NDJSON / it has an object per line, and a last one with their number', () => {
  const format = ndjson<{ a: number }>();
  expect([format.head, format.rows([{ a: 1 }, { a: 2 }]), format.end(2)]).toEqual([
    '',
    '{"a":1}\n{"a":2}\n',
    '{"end":{"count":2}}\n',
  ]);
});

it.each([
  [undefined, false],
  ['*/*', false],
  ['text/csv', true],
  ['TEXT/CSV; charset=utf-8', true],
  ['application/json', false],
  ['text/csv;q=0.5, application/x-ndjson', false],
  ['application/x-ndjson;q=0.1, text/csv;q=0.5', true],
  ['text/csv, application/x-ndjson', false],
  ['text/csv;q=0', false],
  ['text/html;x="a, text/csv"', false],
  ['text/csv;x=",;q=0"', true],
])('when Accept is %s / the export is CSV: %s', (accept, expected) => expect(prefersCsv(accept)).toBe(expected));
