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

/** A login after a write, and its kinds of change. */
export interface LoginUpdate {
  login: LoginState;
  change: LoginChange;
}

/** Whether a patch can change the contact's login. */
export const concernsLogin = (
  { hasPortalLogin }: Pick<ContactValues, 'hasPortalLogin'>,
  { email, password }: Pick<ContactPatch, 'email' | 'password'>,
): boolean => password !== undefined || (hasPortalLogin && email !== undefined);

/**
 * The login after a contact's email or password is set: it is made, follows the email, or gets a new credential.
 * @param contact after the patch, with the login's version from before
 * @param login the contact's login; undefined if it has none
 * @returns undefined if the login does not change
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
      contactId,
      version: contact.loginVersion + 1,
      changes,
      email,
      previousEmail: movedFrom,
      credential: next.credential,
    },
  };
}

/** The change that removes a contact's login; undefined if it has none. */
export function removalOf({ id, hasPortalLogin, loginVersion }: ContactValues): LoginChange | undefined {
  if (!hasPortalLogin) return undefined;
  return {
    contactId: id,
    version: loginVersion + 1,
    changes: ['removed'],
    email: null,
    previousEmail: null,
    credential: null,
  };
}
