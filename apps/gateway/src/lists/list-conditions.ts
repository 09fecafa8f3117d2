import { sql } from 'kysely';
import type { Fragment, ListField } from './list-field.js';
import type { PositiveOperator } from './list-operators.js';
import type { ListFilter } from './list-query.js';
import type { ListValue } from './list-values.js';

/** All filters in one condition; undefined where there is none that any row could fail. */
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
  // What is known to be true or false can be negated in a way that the planner makes an anti-join of.
  return field.nullable && !field.within ? sql`${positive} is not true` : sql`not ${positive}`;
}

const SIGNS = { eq: sql`=`, gt: sql`>`, gte: sql`>=`, lt: sql`<`, lte: sql`<=` };

function comparison(field: ListField, operator: PositiveOperator, values: readonly ListValue[]): Fragment {
  const [first = ''] = values;
  if (operator === 'set') return sql`${field.value} is not null`;
  if (operator === 'in') return sql`${field.value} in (${sql.join(values.map(field.operand))})`;
  if (operator === 'contains') return containing(field, field.pattern(`%${literally(String(first))}%`));
  return sql`${field.value} ${SIGNS[operator]} ${field.operand(first)}`;
}

const containing = ({ searched, partOf }: ListField, pattern: Fragment): Fragment =>
  partOf ? sql`${partOf} like ${pattern} and ${searched} like ${pattern}` : sql`${searched} like ${pattern}`;

/** For LIKE, without a character that stands for others. */
const literally = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

/** A comparison of two values ends in one of four: so the planner is shown the bare condition, which it has more ways to meet. */
function truthCondition(filter: ListFilter): Fragment {
  const { value } = filter.field;
  if (accepts(true, filter)) return accepts(false, filter) ? ALWAYS : sql`(${value})`;
  return accepts(false, filter) ? sql`not (${value})` : NEVER;
}

/** Whether a value that is known beforehand fits. */
function accepts(value: string | boolean, { operator, values }: ListFilter): boolean {
  const others = values.map((other) => (typeof other === 'string' ? other.toLowerCase() : other));
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
      return String(value).includes(String(other));
    default:
      return others.includes(value);
  }
}
