const PER_PAGE = 100;

/** The query that a list takes for one page of {@link rows}. */
export interface PageQuery {
  per_page: number;
  sort: ['id:asc'];
  id: { gt: number };
}

/** A page of a list, as generated operations answer it with `throwOnError: true`. */
interface Page<Row> {
  data: { data: Row[] };
}

/**
 * All rows of a list, in the order of ids, page by page. A page begins after the last row of the one before: rows that come or go meanwhile
 * shift no other, so that none is missed or comes twice.
 */
export async function* rows<Row extends { id: string | number }>(
  read: (page: PageQuery) => Promise<Page<Row>>,
): AsyncGenerator<Row, void> {
  for (let last = 0; ;) {
    const { data } = (await read({ per_page: PER_PAGE, sort: ['id:asc'], id: { gt: last } })).data;
    yield* data;
    if (data.length < PER_PAGE) return;
    last = Number(data.at(-1)!.id);
  }
}
