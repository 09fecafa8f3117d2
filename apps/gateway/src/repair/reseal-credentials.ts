import type { EntityManager } from '@mikro-orm/postgresql';
import { kidOfCredential, openCredential, sealCredential, UnknownCredentialKey, UnreadableCredential } from '#app/credentials';
import type { OpeningKeys, SealingKey } from '#app/credentials';
import type { Outbox } from '#app/messaging';
import { inTransaction, query } from '#app/postgres';
import type { TaskRun } from '#app/terminal';
import { portalLoginEvents, type EventOrigin } from '../contacts/contact.events.js';
import { recordHistory } from '../contacts/contact-history.store.js';
import { oldKeysNeededUntil } from './key-retirement.js';
import { loginsOf, unchangedLogin } from './login-state.js';
import { lockFreeRows, untilUnlockedItems } from './locked-rows.js';
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
  /** Changed, or kept locked, by another writer during the run: the next run seals them. */
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
export async function resealCredentials(parts: ResealParts, run: TaskRun): Promise<ResealResult> {
  const resealing = new Resealing(parts, run);
  const locked = await resealing.all();
  const stillLocked = await untilUnlockedItems(locked, {
    atOnce: LOGINS_AT_ONCE,
    page: (some) => resealing.store(some),
    signal: run.signal,
  });
  const { counts } = resealing;
  counts.changedMeanwhile += stillLocked.length;
  const isDone = !parts.dryRun && counts.unopened === 0 && counts.changedMeanwhile === 0;
  return {
    newestKid: parts.sealing.kid,
    ...counts,
    oldKeysNeededUntil: isDone ? oldKeysNeededUntil(new Date()).toISOString() : null,
  };
}

class Resealing {
  readonly counts = { current: 0, resealed: 0, changedMeanwhile: 0, unopened: 0 };
  private readonly origin = repairOrigin('reseal');

  constructor(
    private readonly parts: ResealParts,
    private readonly run: TaskRun,
  ) {}

  /** @returns what another transaction has locked */
  async all(): Promise<HeldCredential[]> {
    const { em, sealing } = this.parts;
    const total = await countLogins(em);
    const locked: HeldCredential[] = [];
    let done = 0;
    for (let last = 0; ;) {
      const page = await credentialsAfter(em, last);
      if (page.length === 0) return locked;
      last = page.at(-1)!.contactId;
      const old = page.filter(({ credential }) => kidOfCredential(credential) !== sealing.kid);
      const sealed = await sealAnew(this.parts, old);
      this.counts.current += page.length - old.length;
      this.counts.unopened += old.length - sealed.length;
      locked.push(...(await this.store(sealed)));
      this.run.progress({ done: Math.min((done += page.length), total), total });
    }
  }

  /** @returns what another transaction has locked */
  async store(sealed: readonly HeldCredential[]): Promise<readonly HeldCredential[]> {
    const { parts, counts, origin } = this;
    if (parts.dryRun) {
      counts.resealed += sealed.length;
      return [];
    }
    await untilOutboxHasRoom(parts.em, this.run);
    const { stored, left } = await store(parts, sealed, origin);
    counts.resealed += stored;
    counts.changedMeanwhile += sealed.length - stored - left.length;
    return left;
  }
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

/** Stores those whose login still has the version that was read. @returns how many, and those that another transaction has locked */
async function store(
  { em, outbox }: ResealParts,
  sealed: readonly HeldCredential[],
  origin: EventOrigin,
): Promise<{ stored: number; left: HeldCredential[] }> {
  if (sealed.length === 0) return { stored: 0, left: [] };
  return inTransaction(em, async (inner) => {
    const ids = sealed.map(({ contactId }) => contactId);
    const { rows: contacts, lockedElsewhere } = await lockFreeRows(inner, 'contact', ids);
    const logins = await loginsOf(inner, [...contacts.keys()]);
    const drafts = sealed.flatMap(({ contactId, version, credential }) => {
      const [contact, login] = [contacts.get(contactId), logins.get(contactId)];
      if (!contact || !login || contact.loginVersion !== version) return [];
      contact.loginVersion++;
      login.credential = credential;
      return portalLoginEvents(unchangedLogin(contact, login), { at: contact.changeTime(), request: origin });
    });
    await inner.flush();
    await recordHistory(inner, (await outbox.record(inner, drafts)).events);
    return { stored: drafts.length, left: sealed.filter(({ contactId }) => lockedElsewhere.has(contactId)) };
  });
}
