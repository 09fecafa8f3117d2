import Type, { type Static, type TSchema } from 'typebox';
import { rowsBefore, type Page } from './page.js';
import { nullable } from './schemas.js';

const count = (description: string, minimum: number, example: number) =>
  Type.Integer({ minimum, maximum: Number.MAX_SAFE_INTEGER, description, examples: [example] });

/** The schema of a page's position in its list. */
const ListMetaSchema = Type.Object(
  {
    current_page: count('The page that was asked for.', 1, 1),
    from: nullable(Type.Integer({ minimum: 1 }), "Number of the page's first row, from 1; null on an empty page.", 1),
    last_page: count('Number of the last page, at least 1.', 1, 3),
    per_page: count('Rows on a page.', 1, 10),
    to: nullable(Type.Integer({ minimum: 1 }), "Number of the page's last row; null on an empty page.", 10),
    total: count('Rows on all pages.', 0, 23),
  },
  { title: 'ListMeta', description: 'Where a page stands in its list.' },
);

/** A page's position in its list, as answers show it. */
type ListMeta = Static<typeof ListMetaSchema>;

/** The schema of a page of rows. */
export const listOf = (row: TSchema, title: string) =>
  Type.Object({ data: Type.Array(row), meta: ListMetaSchema }, { title, description: 'A page of a list.' });

/** A page of a list as answers show it. */
export interface ListAnswer<T> {
  data: T[];
  meta: ListMeta;
}

/** A page with its position. */
export function listAnswer<T>({ page, perPage }: Page, total: number, data: T[]): ListAnswer<T> {
  const before = rowsBefore({ page, perPage });
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
