import { booleanRule, integerRule, textRule } from '../wire/rules.js';
import { readTimeOrDate } from '../wire/times.js';
import { boolean, integer, withNewlines, type Normalizer } from '../wire/values.js';
import type { ListFieldType } from './list-field.js';
import type { PositiveOperator } from './list-operators.js';

/** An operand. A time is in milliseconds since 1970, with microseconds as their fraction. */
export type ListValue = string | number | boolean;

/** The operand of a filter, or its error. */
type ReadValues = { values: ListValue[] } | { defect: string };

const storable = textRule(Number.MAX_SAFE_INTEGER);

/** Makes any parameter unreadable: characters that no stored text can hold. */
export const textDefect = (value: string | null): string | null => storable(value ?? '\ud800', {});

/** Reads the value of a filter by its operator and its field's type. */
export function readValues(value: string, operator: PositiveOperator, type: ListFieldType): ReadValues {
  if (operator === 'set') return value === '' ? { values: [] } : { defect: 'takes no value' };
  if (operator === 'contains') return readPart(value, type);
  const parts = operator === 'in' ? listItems(value) : [value];
  const values = parts.map((part) => READERS[type](withNewlines(part.trim())));
  return values.every((read) => read !== null) ? { values } : { defect: DEFECTS[type] };
}

/** The items of a comma list: `\,` is a comma within one, and `\\` a backslash. */
function listItems(list: string): string[] {
  const items = [''];
  for (const [token] of list.matchAll(/\\[\\,]|[^]/gu)) {
    if (token === ',') items.push('');
    else items[items.length - 1] += /^\\./.test(token) ? token.slice(1) : token;
  }
  return items;
}

/** The text to search for; blanks are part of it. */
function readPart(value: string, type: ListFieldType): ReadValues {
  if (type === 'integer' && !/^-?\d+$/.test(value.trim())) return { defect: DEFECTS.integer };
  if (type === 'boolean') return readValues(value, 'eq', type);
  return { values: [type === 'text' ? withNewlines(value) : value.trim()] };
}

const normalized =
  (normalize: Normalizer, rule: (value: unknown, dto: object) => string | null) =>
  (text: string): ListValue | null => {
    const value = normalize(text);
    return rule(value, {}) === null ? (value as ListValue) : null;
  };

const READERS: Record<ListFieldType, (text: string) => ListValue | null> = {
  text: (text) => text,
  integer: normalized(integer, integerRule),
  boolean: normalized(boolean, booleanRule),
  time: (text) => {
    const ms = readTimeOrDate(text)?.getTime();
    return ms === undefined ? null : ms + microsecondsOf(text) / 1_000;
  },
};

/** The microseconds below the milliseconds of a time. */
const microsecondsOf = (text: string): number => Number((/\.\d{3}(\d{1,3})/.exec(text)?.[1] ?? '').padEnd(3, '0'));

const DEFECTS: Record<ListFieldType, string> = {
  text: 'must be a string',
  integer: 'must be an integer',
  boolean: 'must be true or false',
  time: 'must be a date, or a time as in RFC 3339',
};
