import Type, { type TSchema } from 'typebox';
import { TEXT_PATTERN } from '../wire/rules.js';
import type { ListField, ListFields, ListFieldType } from './list-field.js';
import { MAX_SORT_KEYS, type ListDefaults } from './list-query.js';
import { LIST_OPERATORS, type OperatorName } from './list-operators.js';
import { PAGING, parameterReference } from '../wire/parameters.js';

const MAX = Number.MAX_SAFE_INTEGER;
const text = Type.String({ pattern: TEXT_PATTERN });
const integerList = '^-?[0-9]{1,15}(,-?[0-9]{1,15})*$';

interface Operands {
  name: string;
  /** The operand. */
  one: TSchema;
  /** A comma-separated list of operands. */
  several: TSchema;
  /** The text to search for. */
  part: TSchema;
}

const OPERANDS: Record<ListFieldType, Operands> = {
  text: { name: 'TextFilter', one: text, several: text, part: text },
  integer: {
    name: 'IntegerFilter',
    one: Type.Integer({ minimum: -MAX, maximum: MAX }),
    several: Type.String({ pattern: integerList }),
    part: Type.String({ pattern: '^-?[0-9]+$' }),
  },
  time: {
    name: 'TimeFilter',
    one: Type.String({ format: 'date-time' }),
    several: text,
    part: text,
  },
  boolean: {
    name: 'BooleanFilter',
    one: Type.Boolean(),
    several: Type.String({ pattern: '^(true|false)(,(true|false))*$' }),
    part: Type.Boolean(),
  },
};

const MEANINGS: Record<OperatorName, string> = {
  eq: 'The value is this one; `field=value` means the same.',
  neq: 'The value is another one, or null.',
  gt: 'The value is greater.',
  gte: 'The value is greater, or this one.',
  lt: 'The value is less.',
  lte: 'The value is less, or this one.',
  contains: 'The value, as text, contains this.',
  notcontains: 'The value, as text, does not contain this, or is null.',
  in: 'The value is one of these, which commas part.',
  notin: 'The value is none of these, which commas part, or is null.',
  set: 'There is a value. Comes empty.',
  notset: 'There is no value. Comes empty.',
};

function operandOf(operator: string, { one, several, part }: Operands): TSchema {
  const { positive } = LIST_OPERATORS.get(operator)!;
  const operands: Partial<Record<typeof positive, TSchema>> = { in: several, contains: part, set: Type.Literal('') };
  return { ...(operands[positive] ?? one), description: MEANINGS[operator as OperatorName] };
}

const DATES: Partial<Record<string, string>> = { TimeFilter: ' A date is accepted too: the beginning of that day in UTC.' };

const filterSchema = (operands: Operands): TSchema =>
  Type.Object(Object.fromEntries([...LIST_OPERATORS.keys()].map((name) => [name, Type.Optional(operandOf(name, operands))])), {
    title: operands.name,
    additionalProperties: false,
    description: `Conditions on a field, all of which must hold: \`field[operator]=value\`. Text is compared without case.${DATES[operands.name] ?? ''}`,
  });

/** Schemas of the filters, one for each type of field. */
export const FILTER_SCHEMAS: readonly TSchema[] = Object.values(OPERANDS).map(filterSchema);

const filter = ([name, { type }]: [string, ListField]) => ({
  name,
  in: 'query',
  required: false,
  style: 'deepObject',
  explode: true,
  description: `Filters by \`${name}\`.`,
  schema: { $ref: `#/components/schemas/${OPERANDS[type].name}` },
  // The page of the API makes up a filter where there is no example.
  example: {},
});

function sort(fields: [string, ListField][], { sort: byDefault = 'id:asc' }: ListDefaults) {
  const names = fields.filter(([, { sortBy }]) => sortBy !== null).map(([name]) => name);
  return {
    name: 'sort',
    in: 'query',
    required: false,
    style: 'form',
    explode: false,
    // In words: several generators write no code that compiles for the default of a list.
    description: `Fields to sort by, by commas; by default \`${byDefault}\`. Nulls come last both ways; ties are broken by id.`,
    schema: {
      type: 'array',
      minItems: 1,
      maxItems: MAX_SORT_KEYS,
      items: { type: 'string', enum: names.flatMap((name) => [`${name}:asc`, `${name}:desc`]) },
    },
  };
}

/** The filters of a list, for operations without pages and sorting. */
export const filterParameters = (fields: ListFields): object[] => [...fields].map(filter);

/** The parameters of a list, made from its fields. */
export const listParameters = (fields: ListFields, defaults: ListDefaults = {}): object[] => [
  ...PAGING.map(parameterReference),
  sort([...fields], defaults),
  ...filterParameters(fields),
];
