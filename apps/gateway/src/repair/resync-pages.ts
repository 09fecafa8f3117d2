import type { EntityManager } from '@mikro-orm/postgresql';
import { BOOKKEEPING_FIELDS, CONTACT_FIELDS, type ContactSyncEvent } from '#app/contracts';
import type { Outbox, OutboxDraft } from '#app/messaging';
import { inTransaction, query } from '#app/postgres';
import { lockContacts, type LockedContact } from '../contacts/contact-entity.store.js';
import { contactDeleted, contactUpdated, portalLoginEvents, type EventOrigin } from '../contacts/contact.events.js';
import { snapshotOf } from '../contacts/contact.snapshot.js';
import type { PortalLogin } from '../contacts/portal-login.entity.js';
import { Deadline } from '../wire/deadline.js';
import { databaseTime } from '../writes/database-time.js';
import { untilUnlocked } from '../writes/write-waits.js';
import { recordHistory } from '../contacts/contact-history.store.js';
import { absentLogin, loginsOf, unchangedLogin } from './login-state.js';
import { JUMP } from './raise-sequences.js';
import type { SeenContact } from './seen-contacts.js';
import type { SeenKeys } from './seen-keys.js';

const CONTACTS_AT_ONCE = 500;
/** No gateway runs, but an operator's session can have locked a row. */
export const LOCKED_MS = 30_000;
const ALL_FIELDS = CONTACT_FIELDS.filter((name) => !BOOKKEEPING_FIELDS.has(name));

export interface ResyncParts {
  em: EntityManager;
  outbox: Outbox;
  seen: SeenKeys;
  origin: EventOrigin;
}

/** What was done of one page: its last key, and how many it had. */
export interface ResyncedPage {
  last: number;
  count: number;
}

/** Publishes the contacts after `last`, and the state of their logins. @returns the last of them; undefined if there is none */
export async function resyncContactsAfter(parts: ResyncParts, last: number): Promise<ResyncedPage | undefined> {
  return untilUnlocked(new Deadline(LOCKED_MS), () => resyncPage(parts, last));
}

function resyncPage(parts: ResyncParts, last: number): Promise<ResyncedPage | undefined> {
  return inTransaction(parts.em, async (em) => {
    const rows = await query<{ id: string }>(em, `select id from contact where id > $1 order by id limit ${CONTACTS_AT_ONCE}`, [
      last,
    ]);
    const ids = rows.map(({ id }) => Number(id));
    if (ids.length === 0) return undefined;
    const contacts = [...(await lockContacts(em, ids)).values()];
    const [logins, seen] = [await loginsOf(em, ids), await parts.seen.contacts.of(ids)];
    const drafts = contacts.flatMap((each) => resynced(each, logins.get(each.state.id), seen.get(each.state.id), parts.origin));
    await em.flush();
    await recordHistory(em, (await parts.outbox.record(em, drafts)).events.map(withoutFields));
    return { last: ids.at(-1)!, count: ids.length };
  });
}

/** Withdraws the contacts and logins behind `last` that the gateway lacks. */
export async function withdrawStrangersAfter(parts: ResyncParts, last: number): Promise<ResyncedPage | undefined> {
  const strangers = await parts.seen.contacts.strangersAfter(last, CONTACTS_AT_ONCE);
  if (strangers.length === 0) return undefined;
  await inTransaction(parts.em, async (em) => {
    const occasion = { at: await databaseTime(em), request: parts.origin };
    const drafts = strangers.flatMap((stranger): OutboxDraft[] => {
      const { contactId, version, loginVersion, isDeleted, isLoginRemoved, companyIds } = stranger;
      const gone = { id: String(contactId), version: version + JUMP - 1, companies: companyIds.map((id) => ({ id })) };
      return [
        ...(isLoginRemoved ? [] : portalLoginEvents(absentLogin(contactId, loginVersion + JUMP), occasion)),
        ...(isDeleted ? [] : [contactDeleted(gone, occasion)]),
      ];
    });
    await parts.outbox.record(em, drafts);
  });
  return { last: strangers.at(-1)!.contactId, count: strangers.length };
}

/** The readers' former state is unknown here: every field is reported as changed, to the current value. */
function resynced(
  { contact, state }: LockedContact,
  login: PortalLogin | undefined,
  seen: SeenContact | undefined,
  origin: EventOrigin,
): OutboxDraft[] {
  const occasion = { at: state.changedAt, request: origin };
  contact.version = Math.max(contact.version, seen?.version ?? 0) + JUMP;
  const loginVersion = Math.max(contact.loginVersion, seen?.loginVersion ?? 0);
  if (loginVersion > 0) contact.loginVersion = loginVersion + JUMP;
  const after = snapshotOf({ ...state, version: contact.version }, state);
  const updated = contactUpdated({ before: after, after, changed: ALL_FIELDS }, occasion);
  if (login) return [updated, ...portalLoginEvents(unchangedLogin(contact, login), occasion)];
  if (!seen || seen.isLoginRemoved) return [updated];
  return [updated, ...portalLoginEvents(absentLogin(contact.id, contact.loginVersion), occasion)];
}

/** The version has its event in the history; that each field stayed as it was is no history. */
const withoutFields = (event: ContactSyncEvent): ContactSyncEvent =>
  event.name === 'ContactUpdated' ? { ...event, data: { ...event.data, changed: [] } } : event;
