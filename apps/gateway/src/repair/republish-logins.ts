import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import { entityIdOf } from '#app/contracts';
import type { Outbox } from '#app/messaging';
import { inTransaction } from '#app/postgres';
import type { TaskRun } from '#app/terminal';
import { Contact } from '../contacts/contact.entity.js';
import { portalLoginEvents, type EventOrigin, type LoginChange } from '../contacts/contact.events.js';
import { databaseTime } from '../writes/database-time.js';
import { recordHistory } from '../contacts/contact-history.store.js';
import { absentLogin, loginsOf, unchangedLogin } from './login-state.js';
import { untilOutboxHasRoom } from './outbox-room.js';

const LOGINS_AT_ONCE = 100;

/** A login to publish again. */
export interface StaleLogin {
  contactId: number;
  /** Greatest version outside the gateway. */
  above: number;
}

interface RepublishParts {
  em: EntityManager;
  outbox: Outbox;
  /** The event metadata of the command. */
  origin: EventOrigin;
}

/**
 * Publishes logins as the gateway has them, each as a new version. The bytes of a lost event are not kept, so it cannot be
 * repeated, and a reader with another state of the same version accepts only a greater one.
 */
export async function republishLogins(
  { em, outbox, origin }: RepublishParts,
  logins: readonly StaleLogin[],
  { progress, signal }: TaskRun,
): Promise<number> {
  const sorted = [...logins].sort((a, b) => a.contactId - b.contactId);
  for (let from = 0; from < sorted.length; from += LOGINS_AT_ONCE) {
    await untilOutboxHasRoom(em, signal);
    const some = sorted.slice(from, from + LOGINS_AT_ONCE);
    await inTransaction(em, async (inner) => {
      const { drafts, deleted } = await draftsOf(inner, some);
      await inner.flush();
      const occasions = drafts.flatMap(({ change, at }) => portalLoginEvents(change, { at, request: origin }));
      const events = await outbox.add(inner, occasions);
      await recordHistory(
        inner,
        events.filter((event) => !deleted.has(entityIdOf(event))),
      );
    });
    progress({ done: from + some.length, total: sorted.length });
  }
  return sorted.length;
}

interface Redrafted {
  drafts: { change: LoginChange; at: Date }[];
  /** Deleted contacts: they have no history. */
  deleted: Set<number>;
}

async function draftsOf(em: EntityManager, stale: readonly StaleLogin[]): Promise<Redrafted> {
  const ids = stale.map(({ contactId }) => contactId);
  const lock = { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE } as const;
  const contacts = new Map((await em.find(Contact, { id: { $in: ids } }, lock)).map((contact) => [contact.id, contact]));
  const [logins, now] = [await loginsOf(em, ids), await databaseTime(em)];
  const drafts = stale.map(({ contactId, above }) => {
    const contact = contacts.get(contactId);
    if (!contact) return { change: absentLogin(contactId, above + 1), at: now };
    contact.loginVersion = Math.max(contact.loginVersion, above) + 1;
    const login = logins.get(contactId);
    const change = login ? unchangedLogin(contact, login) : absentLogin(contactId, contact.loginVersion);
    return { change, at: contact.changeTime() };
  });
  return { drafts, deleted: new Set(ids.filter((id) => !contacts.has(id))) };
}
