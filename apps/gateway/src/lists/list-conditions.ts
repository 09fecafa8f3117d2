import { visibleText } from '#app/contracts';
import { sql } from 'kysely';
import type { Fragment, ListField } from './list-field.js';
import type { PositiveOperator } from './list-operators.js';
import type { ListFilter } from './list-query.js';
import type { ListValue } from './list-values.js';

/** All filters in one condition; undefined if every row passes. */
export function conditionOf(filters: readonly ListFilter[]): Fragment | undefined {
  const conditions = filters.map(condition).filter((each) => each !== ALWAYS);
  return conditions.length === 0 ? undefined : sql.join(conditions, sql` and `);
}

const ALWAYS = sql`true`;
const NEVER = sql`false`;

function condition(filter: ListFilter): Fragment {
  const { field, operator, values } = filter;
  if (field.constant !== undefined) return accepts(field.constant, filter) ? ALWAYS : NEVER;
  if (field.type === 'boolean') return truthCondition(filter);
  const bare = comparison(field, operator.positive, values);
  const positive = field.within ? field.within(bare) : sql`(${bare})`;
  if (!operator.negated) return positive;
  // The planner makes an anti-join of a negated condition that is true or false, never null.
  return field.nullable && !field.within ? sql`${positive} is not true` : sql`not ${positive}`;
}

const SIGNS = { gt: sql`>`, gte: sql`>=`, lt: sql`<`, lte: sql`<=` };

function comparison(field: ListField, operator: PositiveOperator, values: readonly ListValue[]): Fragment {
  const [first = ''] = values;
  if (operator === 'set') return sql`${field.value} is not null`;
  if (operator === 'in' || operator === 'eq') return equality(field, values);
  if (operator === 'contains') {
    const patterns = spellingsOf(field, first, 'part').map((text) => `%${literally(String(text))}%`);
    return either(patterns.map(field.like));
  }
  return sql`${field.value} ${SIGNS[operator]} ${field.operand(first)}`;
}

function equality(field: ListField, values: readonly ListValue[]): Fragment {
  const { value, operand } = field.equal ?? field;
  const operands = values.flatMap((each) => spellingsOf(field, each, 'whole')).map(operand);
  return operands.length === 1 ? sql`${value} = ${operands[0]!}` : sql`${value} in (${sql.join(operands)})`;
}

/**
 * The stored forms that equal a caller's text: composed, decomposed, and without invisible characters, which copied text
 * often has. Blanks beside those are none of a whole text, since it is stored without blanks around it.
 */
function spellingsOf({ type }: ListField, value: ListValue, sought: 'whole' | 'part'): ListValue[] {
  if (type !== 'text' || typeof value !== 'string') return [value];
  const visible = visibleText(value);
  // In a text of several lines each line end counts.
  const hides = visible !== value && visible.trim() !== '' && !/\p{Cc}/u.test(value);
  const shown = sought === 'whole' ? visible.trim() : visible;
  const forms = [value, value.normalize('NFC'), value.normalize('NFD'), ...(hides ? [shown.normalize('NFC')] : [])];
  return [...new Set(forms)];
}

const either = (conditions: readonly Fragment[]): Fragment =>
  conditions.length === 1 ? conditions[0]! : sql`(${sql.join(conditions, sql` or `)})`;

/** Escapes the wildcards of LIKE. */
const literally = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

/** A comparison of two values has four outcomes: the planner gets the bare condition, for which it has more plans. */
function truthCondition(filter: ListFilter): Fragment {
  const { value } = filter.field;
  if (accepts(true, filter)) return accepts(false, filter) ? ALWAYS : sql`(${value})`;
  return accepts(false, filter) ? sql`not (${value})` : NEVER;
}

/** Whether a known value matches. */
function accepts(value: string | boolean, { field, operator, values }: ListFilter): boolean {
  const sought = operator.positive === 'contains' ? 'part' : 'whole';
  const spellings = values.flatMap((other) => spellingsOf(field, other, sought));
  const others = spellings.map((other) => (typeof other === 'string' ? other.toLowerCase() : other));
  return meets(value, operator.positive, others) !== operator.negated;
}

function meets(value: string | boolean, operator: PositiveOperator, others: readonly ListValue[]): boolean {
  const [other = false] = others;
  switch (operator) {
    case 'set':
      return true;
    case 'gt':
      return value > other;
    case 'gte':
      return value >= other;
    case 'lt':
      return value < other;
    case 'lte':
      return value <= other;
    case 'contains':
      return others.some((part) => String(value).includes(String(part)));
    case 'eq':
    case 'in':
      return others.includes(value);
  }
}
