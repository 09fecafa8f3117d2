import { expect, it } from '@jest/globals';
import { readValues } from './list-values.js';

it.each([
  ['a,b', ['a', 'b']],
  [' a , b ', ['a', 'b']],
  ['Acme\\, Inc.,Beta', ['Acme, Inc.', 'Beta']],
  ['\\,', [',']],
  ['a\\\\,b', ['a\\', 'b']],
  ['a\\\\\\,b', ['a\\,b']],
  ['a\\b', ['a\\b']],
  ['a\\', ['a\\']],
  ['"a,b"', ['"a', 'b"']],
  ['😀\\,,é', ['😀,', 'é']],
  ['', ['']],
])('when a comma list is %j / its values are %j', (list, values) => {
  expect(readValues(list, 'in', 'text')).toEqual({ values });
});

it.each([
  ['.678Z', 678],
  ['.678900Z', 678.9],
  ['.678999999Z', 678.999],
  ['Z', 0],
])('when a time ends with %s / its value has the microseconds', (end, ms) => {
  expect(readValues(`1970-01-01T00:00:00${end}`, 'eq', 'time')).toEqual({ values: [ms] });
});

it.each(['eq', 'contains'] as const)('when the operator is %s / a backslash is a backslash', (operator) => {
  expect(readValues('a\\,b', operator, 'text')).toEqual({ values: ['a\\,b'] });
});

it.each(['eq', 'in', 'contains'] as const)('when the operator is %s / a CRLF is a newline, as in stored texts', (operator) => {
  expect(readValues('a\r\nb\r\r\nc', operator, 'text')).toEqual({ values: ['a\nb\nc'] });
});
