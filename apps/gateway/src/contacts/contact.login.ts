import { loginEmailKey } from '#app/contracts';
import type { LoginChange } from './contact.events.js';
import type { ContactPatch } from './contact.patch.js';
import type { ContactValues } from './contact.state.js';

/** A contact's claim on a login email, by value. */
export interface LoginState {
  email: string;
  emailKey: string;
  /** Sealed for the auth app. */
  credential: string;
}

/** A login after a write, and what changed of it. */
export interface LoginUpdate {
  login: LoginState;
  change: LoginChange;
}

/** Whether a patch can concern the login that a contact has. */
export const concernsLogin = (
  { hasPortalLogin }: Pick<ContactValues, 'hasPortalLogin'>,
  { email, password }: Pick<ContactPatch, 'email' | 'password'>,
): boolean => password !== undefined || (hasPortalLogin && email !== undefined);

/**
 * What becomes of the login where a contact's email or password is set: it is made, follows the email, or has a new credential.
 * @param contact after the patch, with the version of the login as it was
 * @param login what the contact has; undefined where it has none
 * @returns undefined where the login stays as it is
 */
export function loginAfter(
  contact: Pick<ContactValues, 'id' | 'email' | 'loginVersion'>,
  login: LoginState | undefined,
  credential: string | undefined,
): LoginUpdate | undefined {
  const { id: contactId, email } = contact;
  if (email === null || (!login && credential === undefined)) return undefined;
  if (login && credential === undefined && login.email === email) return undefined;
  const next = { email, emailKey: loginEmailKey(email), credential: credential ?? login!.credential };
  const movedFrom = login && login.email !== email ? login.email : null;
  const changes: LoginChange['changes'] = login ? [] : ['created'];
  if (movedFrom !== null) changes.push('email');
  if (login && credential !== undefined) changes.push('password');
  return {
    login: next,
    change: {
      ...{ contactId, version: contact.loginVersion + 1, changes, email },
      previousEmail: movedFrom,
      credential: next.credential,
    },
  };
}
