import { validationFailed } from '#app/http';
import type { AuditPage } from './list-audit.query.js';

const LONGEST_PAGE = 100;
const LAST_PAGE = Math.floor(Number.MAX_SAFE_INTEGER / LONGEST_PAGE);
const FILTERS = ['actor', 'action', 'target', 'request_id'];
const SORTS = ['id:asc', 'id:desc', 'id', 'at:asc', 'at:desc', 'at'];

/** The query's parameters, for the document. */
export const AUDIT_PARAMETERS = [
  {
    name: 'page',
    in: 'query',
    description: 'The page, from 1 on.',
    schema: { type: 'integer', minimum: 1, maximum: LAST_PAGE, default: 1 },
  },
  {
    name: 'per_page',
    in: 'query',
    description: 'Entries of a page.',
    schema: { type: 'integer', minimum: 1, maximum: LONGEST_PAGE, default: 10 },
  },
  // Without a default: generated clients send it, and two lengths are an error.
  {
    name: 'limit',
    in: 'query',
    description: 'The same as `per_page`, for callers who expect it. Not with another `per_page`.',
    schema: { type: 'integer', minimum: 1, maximum: LONGEST_PAGE },
  },
  { name: 'sort', in: 'query', description: 'By id or time.', schema: { type: 'string', enum: SORTS, default: 'id:desc' } },
  ...FILTERS.map((name) => ({
    name,
    in: 'query',
    description: `Only entries with this ${name}.`,
    schema: { type: 'string', pattern: '^[^\\u0000]*$' },
  })),
];

/**
 * Reads the query of a list: `page`, `per_page` (or `limit`), `sort` by id or time, and filters by equality.
 * @throws {ApiError} 422 naming each that is wrong or unknown
 */
export function readAuditPage(source: Readonly<Record<string, unknown>>): AuditPage {
  // A map: an object would lose the key `__proto__`.
  const errors = new Map<string, string[]>();
  const page: AuditPage & { filters: Record<string, string> } = { page: 1, perPage: 10, descending: true, filters: {} };
  for (const [name, value] of Object.entries(source)) {
    const [, column] = /^(\w+)(?:\[eq\])?$/.exec(name) ?? [];
    if (typeof value !== 'string') errors.set(name, ['must be given once']);
    else if (name === 'page') page.page = number(value, LAST_PAGE) ?? fail(errors, name, pageDefect(value));
    else if (name === 'per_page' || name === 'limit')
      page.perPage = number(value, LONGEST_PAGE) ?? fail(errors, name, `must be a whole number from 1 to ${LONGEST_PAGE}`);
    else if (name === 'sort') {
      if (!SORTS.includes(value)) errors.set(name, ['must be id or at, with asc or desc']);
      page.descending = value.endsWith(':desc');
    } else if (column === undefined || !FILTERS.includes(column)) errors.set(name, ['is not a known filter']);
    else if (value.includes('\0')) errors.set(name, ['must not contain control characters']);
    else if (Object.hasOwn(page.filters, column)) errors.set(name, ['must be given once']);
    else page.filters[column] = value;
  }
  const { per_page: perPage, limit } = source;
  if (perPage !== undefined && limit !== undefined && perPage !== limit && !errors.has('limit'))
    errors.set('limit', ['must be the same as per_page']);
  if (errors.size > 0) throw validationFailed(Object.fromEntries(errors));
  return page;
}

const pageDefect = (text: string): string =>
  Number(text) > LAST_PAGE ? `must be at most ${LAST_PAGE}` : 'must be a whole number, 1 or more';

function number(text: string, most: number): number | undefined {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= most ? value : undefined;
}

function fail(errors: Map<string, string[]>, name: string, rule: string): number {
  errors.set(name, [rule]);
  return 1;
}
