import type { EntityManager } from '@mikro-orm/postgresql';
import { entityIdOf } from '#app/contracts';
import { inTransaction } from '#app/postgres';
import type { TaskRun } from '#app/terminal';
import { portalLoginEvents, type LoginChange } from '../contacts/contact.events.js';
import { databaseTime } from '../writes/database-time.js';
import { recordHistory } from '../contacts/contact-history.store.js';
import { absentLogin, loginsOf, unchangedLogin } from './login-state.js';
import { lockFreeRows, partition } from './locked-rows.js';
import { republishPages, type PublishedPage, type RepublishParts } from './republish-pages.js';

/** A login to publish again. */
export interface StaleLogin {
  contactId: number;
  /** Greatest version outside the gateway. */
  above: number;
  /** Whether the gateway had the contact when that was read. One that it lacks by now was deleted since, with a greater version. */
  existed: boolean;
}

/**
 * Publishes logins as the gateway has them, each as a new version; those that it never had as removed. The bytes of a lost event are not kept, so it cannot be
 * repeated, and a reader with another state of the same version accepts only a greater one.
 * @returns how many were published
 * @throws {TaskRefused} if contacts stay locked by another transaction
 */
export function republishLogins(parts: RepublishParts, logins: readonly StaleLogin[], run: TaskRun): Promise<number> {
  return republishPages(
    logins,
    { table: 'contact', idOf: ({ contactId }) => contactId, publish: (some) => publish(parts, some) },
    { em: parts.em, run },
  );
}

function publish({ em, outbox, origin }: RepublishParts, some: readonly StaleLogin[]): Promise<PublishedPage<StaleLogin>> {
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
