import type { EntityManager } from '@mikro-orm/postgresql';
import { query, type PreparedStatement, type StatementTransaction } from '#app/postgres';
import { lockName } from '../../writes/write-waits.js';
import { EmailMoved } from '../contact.errors.js';

/** Most contacts with one email that an error names. */
const MAX_NAMED = 100;

/** A contact that has an email. */
export interface EmailHolder {
  email_key: string;
  id: string;
}

/** Contacts that have emails, in the order of their ids. */
export const HOLDERS: PreparedStatement = {
  name: 'email-holders',
  text: `select r.email_key, c.id from unnest($1::text[]) as r(email_key)
    cross join lateral (select id from contact where email_key = r.email_key order by id limit ${MAX_NAMED}) c
    order by c.id`,
};

const LOCK: PreparedStatement = {
  name: 'upserts-lock',
  text: `select pg_try_advisory_xact_lock(hashtextextended(name, 0)) as locked
    from unnest($1::text[]) with ordinality as n(name, place) order by place`,
};

/** Of two upserts with one new email the second one waits for this lock, and then finds the first one's contact. */
const lockOf = (emailKey: string): string => `upsert ${emailKey}`;

/** The emails of a batch's upserts. */
export interface UpsertedEmails {
  /** Keys that no other transaction has locked. */
  locked: ReadonlySet<string>;
  /** Ids of the contacts that have an email, by its key. */
  holders: ReadonlyMap<string, readonly number[]>;
}

const NONE: UpsertedEmails = { locked: new Set(), holders: new Map() };

/** Locks emails of upserts without waiting, and finds the contacts that have them; both statements are sent at once. */
export async function lockUpserts(transaction: StatementTransaction, emailKeys: readonly string[]): Promise<UpsertedEmails> {
  if (emailKeys.length === 0) return NONE;
  const [locks, holders] = await Promise.all([
    transaction.query<{ locked: boolean }>(LOCK, [emailKeys.map(lockOf)]),
    transaction.query<EmailHolder>(HOLDERS, [emailKeys]),
  ]);
  return {
    locked: new Set(emailKeys.filter((_, index) => locks[index]!.locked)),
    holders: new Map(emailKeys.map((key) => [key, idsOf(holders, key)])),
  };
}

/**
 * Locks the email of one upsert until its transaction ends.
 * @param contactId the contact that has the email; undefined if none has it
 * @throws {LockedElsewhere} @throws {EmailMoved} if that is no longer so
 */
export async function holdUpsert(em: EntityManager, emailKey: string, contactId: number | undefined): Promise<void> {
  await lockName(em, lockOf(emailKey));
  const found = await query<EmailHolder>(em, HOLDERS, [[emailKey]]);
  if (!isHeldBy(idsOf(found, emailKey), contactId)) throw new EmailMoved();
}

/** Whether this contact, and no other one, has an email; without a contact, whether none has it. */
export const isHeldBy = (holders: readonly number[], contactId: number | undefined): boolean =>
  holders.length <= 1 && holders[0] === contactId;

/** Ids of the contacts that have an email. */
export const idsOf = (holders: readonly EmailHolder[], emailKey: string): number[] =>
  holders.filter(({ email_key }) => email_key === emailKey).map(({ id }) => Number(id));
