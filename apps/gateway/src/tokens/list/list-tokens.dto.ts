import type { FieldErrors } from '#app/http';
import type { ListMeta } from '../../lists/list-answer.js';
import { DEFAULT_PER_PAGE, MAX_PAGE, MAX_PER_PAGE } from '../../lists/list-query.js';

const FIELDS = ['page', 'per_page', 'limit'];

/** Which page is asked for. */
export interface TokenPageQuery {
  page: number;
  perPage: number;
  errors: FieldErrors;
}

/** Reads the query of a list; `limit` means the same as `per_page`. */
export function readTokenPage(query: Record<string, unknown>): TokenPageQuery {
  const errors: FieldErrors = {};
  const read = (name: string, fallback: number, max: number): number => {
    if (query[name] === undefined) return fallback;
    const value = typeof query[name] === 'string' && /^\d{1,16}$/.test(query[name]) ? Number(query[name]) : NaN;
    if (value >= 1 && value <= max) return value;
    errors[name] = [`must be a whole number from 1 to ${max}`];
    return fallback;
  };
  for (const name of Object.keys(query)) if (!FIELDS.includes(name)) errors[name] = ['is not known here'];
  if (query['limit'] !== undefined && query['per_page'] !== undefined)
    errors['limit'] = ['must not be given together with per_page'];
  const limit = read('limit', DEFAULT_PER_PAGE, MAX_PER_PAGE);
  return { page: read('page', 1, MAX_PAGE), perPage: read('per_page', limit, MAX_PER_PAGE), errors };
}

/** Where a page of `count` items lies. */
export function pageMeta({ page, perPage }: TokenPageQuery, count: number, total: number): ListMeta {
  const before = (page - 1) * perPage;
  return {
    current_page: page,
    from: count > 0 ? before + 1 : null,
    last_page: Math.max(1, Math.ceil(total / perPage)),
    per_page: perPage,
    to: count > 0 ? before + count : null,
    total,
  };
}
