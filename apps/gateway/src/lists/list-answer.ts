import type { ListSpec } from './list-query.js';

/** Where a page stands in its list, as answers show it. */
export interface ListMeta {
  current_page: number;
  /** Number of the page's first row, from 1; null on an empty page. */
  from: number | null;
  /** At least 1. */
  last_page: number;
  per_page: number;
  /** Number of the page's last row; null on an empty page. */
  to: number | null;
  /** Rows on all pages. */
  total: number;
}

/** A page of a list as answers show it. */
export interface ListAnswer<T> {
  data: T[];
  meta: ListMeta;
}

/** A page with what it says of itself. */
export function listAnswer<T>({ page, perPage }: Pick<ListSpec, 'page' | 'perPage'>, total: number, data: T[]): ListAnswer<T> {
  const before = (page - 1) * perPage;
  const empty = data.length === 0;
  return {
    data,
    meta: {
      current_page: page,
      from: empty ? null : before + 1,
      last_page: Math.max(1, Math.ceil(total / perPage)),
      per_page: perPage,
      to: empty ? null : before + data.length,
      total,
    },
  };
}
