import { setTimeout as sleep } from 'node:timers/promises';
import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';
import { TaskRefused } from '#app/terminal';
import { backOffMs } from '#app/timing';
import { Company } from '../companies/company.entity.js';
import { Contact } from '../contacts/contact.entity.js';

const TABLES = { contact: Contact, company: Company };
const PAUSE = { firstMs: 20, longestMs: 500 };
/** How long a repair tries rows again that all stay locked. */
const GIVE_UP_MS = 30_000;

export type Table = keyof typeof TABLES;
type RowOf<Name extends Table> = InstanceType<(typeof TABLES)[Name]>;

interface LockedRows<Row> {
  /** Rows that are locked now, by id. */
  rows: Map<number, Row>;
  /** Ids of rows that another transaction has locked. */
  lockedElsewhere: ReadonlySet<number>;
}

/** Locks rows in the order of their ids, without waiting: a page that waited for one row would keep the others from their writers. */
export async function lockFreeRows<Name extends Table>(
  em: EntityManager,
  table: Name,
  ids: readonly number[],
): Promise<LockedRows<RowOf<Name>>> {
  const lock = { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE } as const;
  const found = (await em.find<Contact | Company>(TABLES[table], { id: { $in: [...ids] } }, lock)) as RowOf<Name>[];
  const rows = new Map(found.map((row) => [row.id, row]));
  const others = await query<{ id: string }>(em, `select id from ${table} where id = any($1::bigint[])`, [
    ids.filter((id) => !rows.has(id)),
  ]);
  return { rows, lockedElsewhere: new Set(others.map(({ id }) => Number(id))) };
}

/** Work for many rows, a page of them in each transaction. */
interface PagedWork<Item> {
  atOnce: number;
  /** @returns what it left out, because another transaction has locked it */
  page: (items: readonly Item[]) => Promise<readonly Item[]>;
  signal: AbortSignal;
}

/** Does all of the work; what is locked elsewhere comes again after all other items. @returns what stayed locked */
export async function untilUnlockedItems<Item>(items: readonly Item[], work: PagedWork<Item>): Promise<readonly Item[]> {
  let left = await inPages(items, work);
  let successAt = performance.now();
  for (let failures = 1; left.length > 0 && performance.now() - successAt < GIVE_UP_MS; failures++) {
    await sleep(backOffMs(failures, PAUSE), undefined, { signal: work.signal });
    const next = await inPages(left, work);
    if (next.length < left.length) [failures, successAt] = [0, performance.now()];
    left = next;
  }
  return left;
}

async function inPages<Item>(items: readonly Item[], { atOnce, page }: PagedWork<Item>): Promise<readonly Item[]> {
  const left: Item[] = [];
  for (let from = 0; from < items.length; from += atOnce) left.push(...(await page(items.slice(from, from + atOnce))));
  return left;
}

/** The items that fit, and the others, in their order. */
export const partition = <Item>(items: readonly Item[], fits: (item: Item) => boolean): [Item[], Item[]] => [
  items.filter((item) => fits(item)),
  items.filter((item) => !fits(item)),
];

/** @throws {TaskRefused} if some rows stayed locked */
export function assertNoneLocked(table: Table, ids: readonly number[]): void {
  if (ids.length === 0) return;
  const others = ids.length > 1 ? ` and ${ids.length - 1} more` : '';
  throw new TaskRefused(
    `Another transaction keeps ${table} ${ids[0]}${others} locked. All others are done: end that transaction, and run this again.`,
  );
}
