import { LockMode, type EntityManager } from '@mikro-orm/postgresql';
import { kidOfCredential, openCredential, sealCredential, UnknownCredentialKey, UnreadableCredential } from '#app/credentials';
import type { OpeningKeys, SealingKey } from '#app/credentials';
import type { Outbox } from '#app/messaging';
import { inTransaction, query } from '#app/postgres';
import type { TaskRun } from '#app/terminal';
import { Contact } from '../contacts/contact.entity.js';
import { portalLoginEvents, type EventOrigin } from '../contacts/contact.events.js';
import { recordHistory } from '../contacts/contact-history.store.js';
import { oldKeysNeededUntil } from './key-retirement.js';
import { loginsOf, unchangedLogin } from './login-state.js';
import { untilOutboxHasRoom } from './outbox-room.js';
import { repairOrigin } from './repair-origin.js';

const LOGINS_AT_ONCE = 100;

interface ResealParts {
  em: EntityManager;
  outbox: Outbox;
  sealing: SealingKey;
  opening: OpeningKeys;
  /** Counts, and changes nothing. */
  dryRun: boolean;
}

export interface ResealResult {
  newestKid: string;
  /** Already sealed to the newest key. */
  current: number;
  resealed: number;
  /** Changed by another writer during the run: the next run seals them. */
  changedMeanwhile: number;
  /** Sealed to an unknown key, or not openable at all: left as they are. */
  unopened: number;
  /** When the old keys may be removed; null while a credential is still sealed to one. */
  oldKeysNeededUntil: string | null;
}

interface HeldCredential {
  contactId: number;
  version: number;
  credential: string;
}

/**
 * Seals every credential to the newest key. Sealed ones stay sealed: an interrupted run is run again.
 * Hashes are in memory only, for as long as sealing takes.
 */
export async function resealCredentials(parts: ResealParts, { progress, signal }: TaskRun): Promise<ResealResult> {
  const result = { newestKid: parts.sealing.kid, current: 0, resealed: 0, changedMeanwhile: 0, unopened: 0 };
  const origin = repairOrigin('reseal');
  const total = await countLogins(parts.em);
  let done = 0;
  for (let last = 0; ;) {
    if (!parts.dryRun) await untilOutboxHasRoom(parts.em, signal);
    const page = await credentialsAfter(parts.em, last);
    if (page.length === 0) break;
    last = page.at(-1)!.contactId;
    const old = page.filter(({ credential }) => kidOfCredential(credential) !== parts.sealing.kid);
    const sealed = await sealAnew(parts, old);
    const stored = parts.dryRun ? sealed.length : await store(parts, sealed, origin);
    result.current += page.length - old.length;
    result.unopened += old.length - sealed.length;
    result.resealed += stored;
    result.changedMeanwhile += sealed.length - stored;
    progress({ done: Math.min((done += page.length), total), total });
  }
  const isDone = !parts.dryRun && result.unopened === 0 && result.changedMeanwhile === 0;
  return { ...result, oldKeysNeededUntil: isDone ? oldKeysNeededUntil(new Date()).toISOString() : null };
}

async function countLogins(em: EntityManager): Promise<number> {
  const [row] = await query<{ logins: string }>(em.fork(), 'select count(*) as logins from portal_login');
  return Number(row!.logins);
}

async function credentialsAfter(em: EntityManager, last: number): Promise<HeldCredential[]> {
  const rows = await query<{ id: string; version: string; credential: string }>(
    em.fork(),
    `select c.id, c.login_version as version, l.credential from portal_login l join contact c on c.id = l.contact_id
     where l.contact_id > $1 order by l.contact_id limit ${LOGINS_AT_ONCE}`,
    [last],
  );
  return rows.map(({ id, version, credential }) => ({ contactId: Number(id), version: Number(version), credential }));
}

/** Runs before any lock: opening and sealing takes almost a millisecond. */
async function sealAnew({ opening, sealing }: ResealParts, held: readonly HeldCredential[]): Promise<HeldCredential[]> {
  const sealed = await Promise.all(
    held.map(async (login) => {
      try {
        const phc = await openCredential(opening, login.contactId, login.credential);
        return [{ ...login, credential: await sealCredential(sealing, login.contactId, phc) }];
      } catch (error) {
        if (error instanceof UnknownCredentialKey || error instanceof UnreadableCredential) return [];
        throw error;
      }
    }),
  );
  return sealed.flat();
}

/** Stores those whose login still has the version that was read. @returns how many */
async function store({ em, outbox }: ResealParts, sealed: readonly HeldCredential[], origin: EventOrigin): Promise<number> {
  if (sealed.length === 0) return 0;
  return inTransaction(em, async (inner) => {
    const ids = sealed.map(({ contactId }) => contactId);
    const lock = { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE } as const;
    const contacts = new Map((await inner.find(Contact, { id: { $in: ids } }, lock)).map((contact) => [contact.id, contact]));
    const logins = await loginsOf(inner, ids);
    const drafts = sealed.flatMap(({ contactId, version, credential }) => {
      const [contact, login] = [contacts.get(contactId), logins.get(contactId)];
      if (!contact || !login || contact.loginVersion !== version) return [];
      contact.loginVersion++;
      login.credential = credential;
      return portalLoginEvents(unchangedLogin(contact, login), { at: contact.changeTime(), request: origin });
    });
    await inner.flush();
    await recordHistory(inner, await outbox.add(inner, drafts));
    return drafts.length;
  });
}
