import { UnknownCredentialKey, UnreadableCredential } from '#app/credentials';
import type { FailureKind } from '#app/messaging';
import { constraintOf } from '#app/postgres';

/** A login that cannot be stored, though its event fits the schema. The message holds none of its values. */
export class UnstorableLogin extends Error {
  override readonly name = 'UnstorableLogin';
}

const RACES = new Set(['portal_login_pkey', 'portal_login_email_key']);

/** Whether another consumer stored the same login or email at the same moment: the next try finds its row. */
export const isLoginRace = (error: unknown): boolean => RACES.has(constraintOf(error) ?? '');

/** Translates a failure to apply logins into what it means for the record. */
export function judgeLoginFailure(error: unknown): FailureKind | undefined {
  if (error instanceof UnreadableCredential || error instanceof UnstorableLogin) return 'permanent';
  if (error instanceof UnknownCredentialKey) return 'systemic';
  return isLoginRace(error) ? 'transient' : undefined;
}
