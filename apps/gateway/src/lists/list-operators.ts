const POSITIVE = ['eq', 'gt', 'gte', 'lt', 'lte', 'contains', 'in', 'set'] as const;
const NEGATIONS = { neq: 'eq', notcontains: 'contains', notin: 'in', notset: 'set' } as const;

/** Positive operators; the other ones of the wire are their negations. */
export type PositiveOperator = (typeof POSITIVE)[number];
/** An operator's name in a query. */
export type OperatorName = PositiveOperator | keyof typeof NEGATIONS;

/** An operator of the wire. A negated one holds wherever its positive one does not, so also without a value. */
export interface ListOperator {
  positive: PositiveOperator;
  negated: boolean;
}

/** The operators by wire name. */
export const LIST_OPERATORS: ReadonlyMap<string, ListOperator> = new Map<string, ListOperator>([
  ...POSITIVE.map((positive) => [positive, { positive, negated: false }] as const),
  ...Object.entries(NEGATIONS).map(([name, positive]) => [name, { positive, negated: true }] as const),
]);
