import { IsolationLevel, type EntityManager, type MikroORM } from '@mikro-orm/postgresql';
import type { OnApplicationShutdown } from '@nestjs/common';
import { withStatementTimeout } from '#app/postgres';
import { sql } from 'kysely';
import { listAnswer, type ListAnswer } from '../wire/page.response.js';
import { assertValid } from '../wire/validation.error.js';
import type { ReadListQuery } from './list-query.js';
import type { ListSlots } from './list-slots.js';
import { listStatement, type ListSource } from './list-statement.js';

/** How long each statement of a list may run, in milliseconds: longer than a write, which blocks other requests. */
const LIST_STATEMENT_MS = 5_000;
/** How long the client waits for the answer: a little longer, so that the server's own limit comes first. */
const LIST_ANSWER_MS = LIST_STATEMENT_MS + 500;

/** Loads the rows of these ids, in this order. */
type Load<Row> = (em: EntityManager, ids: number[]) => Promise<Row[]>;

/** Reads lists, a few at once, on their own connections: a slow list delays no write and no look-up of a token. */
export class ListReader implements OnApplicationShutdown {
  /** @param orm has its own pool, which this class closes at the end */
  constructor(
    private readonly orm: MikroORM,
    private readonly slots: ListSlots,
  ) {}

  /**
   * Reads a page of a list on one snapshot of the database: the total and the rows agree.
   * @param prepare runs first on the snapshot
   * @throws {ValidationFailed} if the query breaks rules
   */
  read<Row>(
    source: ListSource,
    list: ReadListQuery,
    load: Load<Row>,
    prepare: (em: EntityManager) => Promise<void> = () => Promise.resolve(),
  ): Promise<ListAnswer<Row>> {
    const work = (): Promise<ListAnswer<Row>> =>
      onSnapshot(this.orm.em, async (em) => {
        await prepare(em);
        return readPage(em, { source, list, load });
      });
    return this.slots.run(list.familyId, work, list.isGone);
  }

  /** After the last request was answered. */
  async onApplicationShutdown(): Promise<void> {
    await this.orm.close();
  }
}

/** Runs `work` on one snapshot of the database. */
export function onSnapshot<T>(em: EntityManager, work: (em: EntityManager) => Promise<T>): Promise<T> {
  const withTimeLimit = async (snapshot: EntityManager): Promise<T> => {
    await sql`select set_config('statement_timeout', ${String(LIST_STATEMENT_MS)}, true)`.execute(snapshot.getKysely());
    return withStatementTimeout(LIST_ANSWER_MS, () => work(snapshot));
  };
  const options = { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true };
  return em.fork({ useContext: false }).transactional(withTimeLimit, options);
}

interface PageRequest<Row> {
  source: ListSource;
  list: ReadListQuery;
  load: Load<Row>;
}

async function readPage<Row>(
  em: EntityManager,
  { source, list: { spec, errors }, load }: PageRequest<Row>,
): Promise<ListAnswer<Row>> {
  assertValid(errors);
  const { rows } = await listStatement(source, spec).execute(em.getKysely());
  const { total, ids } = rows[0]!;
  return listAnswer(spec, Number(total), await load(em, ids.map(Number)));
}
