import type { EntityManager } from '@mikro-orm/postgresql';
import { entityIdOf } from '#app/contracts';
import type { Outbox } from '#app/messaging';
import { inTransaction } from '#app/postgres';
import type { TaskRun } from '#app/terminal';
import { portalLoginEvents, type EventOrigin, type LoginChange } from '../contacts/contact.events.js';
import { databaseTime } from '../writes/database-time.js';
import { recordHistory } from '../contacts/contact-history.store.js';
import { absentLogin, loginsOf, unchangedLogin } from './login-state.js';
import { assertNoneLocked, lockFreeRows, partition, untilUnlockedItems } from './locked-rows.js';
import { untilOutboxHasRoom } from './outbox-room.js';

const LOGINS_AT_ONCE = 100;

/** A login to publish again. */
export interface StaleLogin {
  contactId: number;
  /** Greatest version outside the gateway. */
  above: number;
  /** Whether the gateway had the contact when that was read. One that it lacks by now was deleted since, with a greater version. */
  existed: boolean;
}

interface RepublishParts {
  em: EntityManager;
  outbox: Outbox;
  /** The event metadata of the command. */
  origin: EventOrigin;
}

/**
 * Publishes logins as the gateway has them, each as a new version; those that it never had as removed. The bytes of a lost event are not kept, so it cannot be
 * repeated, and a reader with another state of the same version accepts only a greater one.
 * @returns how many were published
 * @throws {TaskRefused} if contacts stay locked by another transaction
 */
export async function republishLogins(parts: RepublishParts, logins: readonly StaleLogin[], run: TaskRun): Promise<number> {
  const sorted = [...logins].sort((a, b) => a.contactId - b.contactId);
  let [done, count] = [0, 0];
  const page = async (some: readonly StaleLogin[]): Promise<StaleLogin[]> => {
    await untilOutboxHasRoom(parts.em, run);
    const { left, published } = await publish(parts, some);
    done += some.length - left.length;
    count += published;
    run.progress({ done, total: sorted.length });
    return left;
  };
  const left = await untilUnlockedItems(sorted, { atOnce: LOGINS_AT_ONCE, page, signal: run.signal });
  assertNoneLocked(
    'contact',
    left.map(({ contactId }) => contactId),
  );
  return count;
}

interface PublishedPage {
  published: number;
  /** Logins of contacts that another transaction has locked. */
  left: StaleLogin[];
}

function publish({ em, outbox, origin }: RepublishParts, some: readonly StaleLogin[]): Promise<PublishedPage> {
  return inTransaction(em, async (inner) => {
    const { drafts, deleted, left } = await draftsOf(inner, some);
    await inner.flush();
    const occasions = drafts.flatMap(({ change, at }) => portalLoginEvents(change, { at, request: origin }));
    const { events } = await outbox.record(inner, occasions);
    await recordHistory(
      inner,
      events.filter((event) => !deleted.has(entityIdOf(event))),
    );
    return { published: drafts.length, left };
  });
}

interface Redrafted {
  drafts: { change: LoginChange; at: Date }[];
  /** Deleted contacts: they have no history. */
  deleted: Set<number>;
  /** Logins of contacts that another transaction has locked. */
  left: StaleLogin[];
}

async function draftsOf(em: EntityManager, stale: readonly StaleLogin[]): Promise<Redrafted> {
  const ids = stale.map(({ contactId }) => contactId);
  const { rows: contacts, lockedElsewhere } = await lockFreeRows(em, 'contact', ids);
  const [logins, now] = [await loginsOf(em, [...contacts.keys()]), await databaseTime(em)];
  const [left, free] = partition(stale, ({ contactId }) => lockedElsewhere.has(contactId));
  const wanted = free.filter(({ contactId, existed }) => contacts.has(contactId) || !existed);
  const drafts = wanted.map(({ contactId, above }) => {
    const contact = contacts.get(contactId);
    if (!contact) return { change: absentLogin(contactId, above + 1), at: now };
    contact.loginVersion = Math.max(contact.loginVersion, above) + 1;
    const login = logins.get(contactId);
    const change = login ? unchangedLogin(contact, login) : absentLogin(contactId, contact.loginVersion);
    return { change, at: contact.changeTime() };
  });
  const deleted = wanted.flatMap(({ contactId }) => (contacts.has(contactId) ? [] : [contactId]));
  return { drafts, deleted: new Set(deleted), left };
}
