import { readPage, type Page } from '../wire/page.js';
import type { ListField, ListFields } from './list-field.js';
import { LIST_OPERATORS, type ListOperator } from './list-operators.js';
import { readValues, textDefect, type ListValue } from './list-values.js';
import type { FieldErrors } from '../wire/validation.error.js';
import type { QueryParameter } from '../wire/query-string.js';

/** A condition on a field. */
export interface ListFilter {
  field: ListField;
  operator: ListOperator;
  values: readonly ListValue[];
}

/** A field to sort by. */
export interface ListSortKey {
  name: string;
  field: ListField;
  descending: boolean;
}

/** The requested part of a list. */
export interface ListSpec extends Page {
  /** The id breaks ties. */
  sort: readonly ListSortKey[];
  /** All of them must hold. */
  filters: readonly ListFilter[];
}

/** A query, and its errors. */
export interface ReadListQuery {
  /** The family of tokens whose limit of simultaneous lists counts it. */
  familyId: string;
  /** Whether the caller has closed its connection. */
  isGone?: () => boolean;
  spec: ListSpec;
  errors: FieldErrors;
}

/** Parameters that are not filters. `limit` means the same as `per_page`. */
const PAGING_PARAMETERS = ['page', 'per_page', 'limit', 'sort'] as const;

/** A list's defaults. */
export interface ListDefaults {
  /** @default 'id:asc' */
  sort?: string;
}

/** Most conditions of one query. */
const MAX_FILTERS = 20;
/** Most fields that one query sorts by. */
export const MAX_SORT_KEYS = 5;

/** Reads a list's query by its fields. */
export function readListQuery(
  parameters: readonly QueryParameter[],
  fields: ListFields,
  defaults: ListDefaults = {},
): Pick<ReadListQuery, 'spec' | 'errors'> {
  const reader = new ListQueryReader(fields, defaults);
  for (const parameter of parameters) reader.read(parameter);
  return reader.conclude();
}

class ListQueryReader {
  private readonly given = new Map<string, string>();
  private readonly filters: ListFilter[] = [];
  /** A map: an object would lose the key `__proto__`. */
  private readonly errors = new Map<string, string[]>();

  constructor(
    private readonly fields: ListFields,
    private readonly defaults: ListDefaults,
  ) {}

  read({ name, value }: QueryParameter): void {
    const defect = textDefect(value);
    if (defect !== null || value === null) return this.refuse(name, defect ?? '');
    if (!(PAGING_PARAMETERS as readonly string[]).includes(name)) return this.readFilter(name, value);
    if (this.given.has(name)) this.refuse(name, 'must be given once');
    this.given.set(name, value);
  }

  conclude(): Pick<ReadListQuery, 'spec' | 'errors'> {
    const { page, errors } = readPage(Object.fromEntries(this.given));
    for (const [name, [defect]] of Object.entries(errors)) this.refuse(name, defect!);
    const spec = { ...page, sort: this.sort(), filters: this.filters };
    return { spec, errors: Object.fromEntries(this.errors) };
  }

  private readFilter(name: string, value: string): void {
    const [, fieldName = '', operatorName = 'eq'] = /^([^[\]]*)(?:\[([^[\]]*)\])?$/.exec(name) ?? [];
    const field = this.fields.get(fieldName);
    if (!field) return this.refuse(name, 'is not a field of this list');
    const operator = LIST_OPERATORS.get(operatorName);
    if (!operator) return this.refuse(name, `has an unknown operator, must be one of ${[...LIST_OPERATORS.keys()].join(', ')}`);
    const read = readValues(value, operator.positive, field.type);
    if ('defect' in read) return this.refuse(name, read.defect);
    if (this.filters.length === MAX_FILTERS) return this.refuse(name, `is one of more than ${MAX_FILTERS} conditions`);
    this.filters.push({ field, operator, values: read.values });
  }

  private sort(): ListSortKey[] {
    const parts = (this.given.get('sort') ?? this.defaults.sort)?.split(',') ?? [];
    if (parts.length > MAX_SORT_KEYS) this.refuse('sort', `must name at most ${MAX_SORT_KEYS} fields`);
    return parts.slice(0, MAX_SORT_KEYS).flatMap((part) => {
      const [name = '', direction = 'asc', ...rest] = part.trim().split(':');
      const field = this.fields.get(name);
      if (field && field.sortBy !== null && rest.length === 0 && (direction === 'asc' || direction === 'desc'))
        return [{ name, field, descending: direction === 'desc' }];
      this.refuse('sort', field && field.sortBy !== null ? 'must be field:asc or field:desc' : this.sortableFields());
      return [];
    });
  }

  private sortableFields(): string {
    const names = [...this.fields].filter(([, { sortBy }]) => sortBy !== null).map(([name]) => name);
    return `has a field that can not be sorted by, must be one of ${names.join(', ')}`;
  }

  private refuse(name: string, defect: string): void {
    const known = this.errors.get(name) ?? [];
    if (!known.includes(defect)) this.errors.set(name, [...known, defect]);
  }
}
