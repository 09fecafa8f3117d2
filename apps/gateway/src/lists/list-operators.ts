/** Operators that a value meets or does not; the other ones of the wire are their negations. */
export type PositiveOperator = 'eq' | 'gt' | 'gte' | 'lt' | 'lte' | 'contains' | 'in' | 'set';

/** An operator of the wire. A negated one holds wherever its positive one does not, so where there is no value too. */
export interface ListOperator {
  positive: PositiveOperator;
  negated: boolean;
}

const POSITIVE: PositiveOperator[] = ['eq', 'gt', 'gte', 'lt', 'lte', 'contains', 'in', 'set'];
const NEGATIONS = { neq: 'eq', notcontains: 'contains', notin: 'in', notset: 'set' } as const;

/** The operators by their names on the wire. */
export const LIST_OPERATORS: ReadonlyMap<string, ListOperator> = new Map<string, ListOperator>([
  ...POSITIVE.map((positive) => [positive, { positive, negated: false }] as const),
  ...Object.entries(NEGATIONS).map(([name, positive]) => [name, { positive, negated: true }] as const),
]);
