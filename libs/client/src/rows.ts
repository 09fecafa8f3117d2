const PER_PAGE = 100;

/** The query that a list takes for one page of {@link rows}. */
export interface PageQuery {
  per_page: number;
  sort: ['id:asc'];
  id: { gt: number };
}

/** A page of a list, as generated operations answer it with `throwOnError: true`. */
interface Page<Row> {
  data: { data: Row[]; meta: { total: number } };
}

/**
 * All rows of a list, in the order of ids, page by page. A page begins after the last row of the one before: rows that come or go meanwhile
 * shift no other, so that none is missed or comes twice. `read` asks with `sort` and `id.gt` as given: other bounds of ids stand beside
 * them, `id: { ...page.id, lt: 500 }`.
 * @throws {RangeError} if a page does not begin after the last row, or is not in the order of ids
 */
export async function* rows<Row extends { id: string | number }>(
  read: (page: PageQuery) => Promise<Page<Row>>,
): AsyncGenerator<Row, void> {
  for (let last = 0; ;) {
    const { data, meta } = (await read({ per_page: PER_PAGE, sort: ['id:asc'], id: { gt: last } })).data;
    for (const row of data) {
      if (Number(row.id) <= last) throw new RangeError('The list was not asked with the given `sort` and `id.gt`.');
      last = Number(row.id);
      yield row;
    }
    if (data.length === 0 || data.length >= meta.total) return;
  }
}
