import type { FieldErrors } from '#app/http';
import { integer } from '../../wire/values.js';
import type { ListMeta } from '../../lists/list-answer.js';
import { DEFAULT_PER_PAGE, MAX_PAGE, MAX_PER_PAGE } from '../../lists/list-query.js';

/** Which part of a list is asked for. */
export interface Page {
  page: number;
  perPage: number;
}

const FIRST: Page = { page: 1, perPage: DEFAULT_PER_PAGE };

/** Reads `page` and `per_page`, or `limit`, which means the same. What is wrong is keyed by the parameter's name. */
export function readPage(query: Record<string, unknown>): { page: Page; errors: FieldErrors } {
  const errors: FieldErrors = {};
  const number = (name: string, max: number): number | undefined => {
    const value = query[name] === undefined ? undefined : integer(query[name]);
    if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= max)) {
      return value as number | undefined;
    }
    errors[name] = [`must be a whole number from 1 to ${max}`];
    return undefined;
  };
  const [perPage, limit] = [number('per_page', MAX_PER_PAGE), number('limit', MAX_PER_PAGE)];
  if (perPage !== undefined && limit !== undefined && perPage !== limit) errors['limit'] = ['must be the same as per_page'];
  const page = number('page', MAX_PAGE);
  return { page: { page: page ?? FIRST.page, perPage: perPage ?? limit ?? FIRST.perPage }, errors };
}

/** What an answer says of a page. */
export function pageMeta({ page, perPage }: Page, rows: number, total: number): ListMeta {
  const before = (page - 1) * perPage;
  return {
    current_page: page,
    from: rows === 0 ? null : before + 1,
    last_page: Math.max(1, Math.ceil(total / perPage)),
    per_page: perPage,
    to: rows === 0 ? null : before + rows,
    total,
  };
}
