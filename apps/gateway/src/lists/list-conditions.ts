import { sql } from 'kysely';
import type { Fragment, ListField } from './list-field.js';
import type { PositiveOperator } from './list-operators.js';
import type { ListFilter } from './list-query.js';
import type { ListValue } from './list-values.js';

/** All filters in one condition; undefined where there is none. */
export function conditionOf(filters: readonly ListFilter[]): Fragment | undefined {
  return filters.length === 0 ? undefined : sql.join(filters.map(condition), sql` and `);
}

function condition({ field, operator, values }: ListFilter): Fragment {
  if (field.type === 'boolean') return truthCondition(field, { field, operator, values });
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
  if (operator === 'contains') return sql`${field.searched} like ${field.pattern(`%${literally(String(first))}%`)}`;
  return sql`${field.value} ${SIGNS[operator]} ${field.operand(first)}`;
}

/** For LIKE, without a character that stands for others. */
const literally = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

/** A comparison of two values ends in one of four: so the planner is shown the bare condition, which it has more ways to meet. */
function truthCondition({ value }: ListField, { operator, values }: ListFilter): Fragment {
  const accepts = (truth: boolean): boolean => compares(truth, operator.positive, values) !== operator.negated;
  if (accepts(true)) return accepts(false) ? sql`true` : sql`(${value})`;
  return accepts(false) ? sql`not (${value})` : sql`false`;
}

function compares(truth: boolean, operator: PositiveOperator, values: readonly ListValue[]): boolean {
  const [other = false] = values;
  switch (operator) {
    case 'set':
      return true;
    case 'gt':
      return truth > other;
    case 'gte':
      return truth >= other;
    case 'lt':
      return truth < other;
    case 'lte':
      return truth <= other;
    default:
      return values.includes(truth);
  }
}
