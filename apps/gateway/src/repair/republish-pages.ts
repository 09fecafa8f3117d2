import type { EntityManager } from '@mikro-orm/postgresql';
import type { Outbox } from '#app/messaging';
import type { TaskRun } from '#app/terminal';
import type { EventOrigin } from '../contacts/contact.events.js';
import { assertNoneLocked, untilUnlockedItems, type Table } from './locked-rows.js';
import { untilOutboxHasRoom } from './outbox-room.js';

const AT_ONCE = 100;

export interface RepublishParts {
  em: EntityManager;
  outbox: Outbox;
  /** The event metadata of the command. */
  origin: EventOrigin;
}

export interface PublishedPage<Stale> {
  published: number;
  /** Those whose row another transaction has locked. */
  left: Stale[];
}

/** What differs between the kinds of rows that are published again. */
interface Republishing<Stale> {
  table: Table;
  idOf: (stale: Stale) => number;
  /** Publishes some, in one transaction. */
  publish: (some: readonly Stale[]) => Promise<PublishedPage<Stale>>;
}

/**
 * Publishes rows again in the order of their ids, as far as the outbox has room.
 * @returns how many were published
 * @throws {TaskRefused} if rows stay locked by another transaction
 */
export async function republishPages<Stale>(
  all: readonly Stale[],
  { table, idOf, publish }: Republishing<Stale>,
  { em, run }: { em: EntityManager; run: TaskRun },
): Promise<number> {
  const sorted = all.toSorted((a, b) => idOf(a) - idOf(b));
  let [done, count] = [0, 0];
  const page = async (some: readonly Stale[]): Promise<Stale[]> => {
    await untilOutboxHasRoom(em, run);
    const { left, published } = await publish(some);
    done += some.length - left.length;
    count += published;
    run.progress({ done, total: sorted.length });
    return left;
  };
  const left = await untilUnlockedItems(sorted, { atOnce: AT_ONCE, page, signal: run.signal });
  assertNoneLocked(table, left.map(idOf));
  return count;
}
