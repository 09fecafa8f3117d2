import type { FieldErrors } from './validation.error.js';
import { integer } from './values.js';

/** The requested part of a list. */
export interface Page {
  /** From 1. */
  page: number;
  perPage: number;
}

/** Largest number of rows on a page. */
export const MAX_PER_PAGE = 100;
/** The last possible page of a list: its rows are still numbered without loss. */
export const MAX_PAGE = Math.floor(Number.MAX_SAFE_INTEGER / MAX_PER_PAGE);
/** Rows on a page by default. */
export const DEFAULT_PER_PAGE = 10;

/** Reads `page` and `per_page`, or its synonym `limit`. Errors are keyed by the parameter's name. */
export function readPage(query: Readonly<Record<string, unknown>>): { page: Page; errors: FieldErrors } {
  const errors: FieldErrors = {};
  const number = (name: string, max: number): number | undefined => {
    if (query[name] === undefined) return undefined;
    const value = integer(query[name]);
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= max) return value;
    errors[name] = [max === MAX_PAGE ? pageDefect(query[name]) : `must be a whole number from 1 to ${max}`];
    return undefined;
  };
  const [perPage, limit] = [number('per_page', MAX_PER_PAGE), number('limit', MAX_PER_PAGE)];
  if (perPage !== undefined && limit !== undefined && perPage !== limit) errors['limit'] = ['must be the same as per_page'];
  return { page: { page: number('page', MAX_PAGE) ?? 1, perPage: perPage ?? limit ?? DEFAULT_PER_PAGE }, errors };
}

/** The last page is so far away that only who asks for a later one needs its number. */
const pageDefect = (value: unknown): string =>
  Number(value) > MAX_PAGE ? `must be at most ${MAX_PAGE}` : 'must be a whole number, 1 or more';

/** The number of rows before a page. */
export const rowsBefore = ({ page, perPage }: Page): number => (page - 1) * perPage;
