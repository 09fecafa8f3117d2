import type { EntityManager } from '@mikro-orm/postgresql';
import { loginEmailKey } from '#app/contracts';
import type { Contact } from './contact.entity.js';
import type { LoginChange } from './contact.events.js';
import type { ContactPatch } from './contact.patch.js';
import { PortalLogin } from './portal-login.entity.js';

/** Follows a contact's change in its login: makes it, moves its email, replaces its credential. */
export async function followWithLogin(
  em: EntityManager,
  contact: Contact,
  patch: ContactPatch,
  credential: string | undefined,
): Promise<LoginChange | undefined> {
  const email = contact.email;
  if (email == null || (!contact.hasPortalLogin && credential === undefined)) return undefined;
  if (patch.email === undefined && credential === undefined) return undefined;
  const login = contact.hasPortalLogin ? await em.findOneOrFail(PortalLogin, contact.id) : undefined;
  if (login && credential === undefined && login.email === email) return undefined;
  contact.loginVersion++;
  if (!login) {
    contact.hasPortalLogin = true;
    em.create(PortalLogin, { contactId: contact.id, email, emailKey: loginEmailKey(email), credential: credential! });
    return loginChange(contact, ['created'], email, null, credential!);
  }
  const previousEmail = login.email === email ? null : login.email;
  Object.assign(login, { email, emailKey: loginEmailKey(email), credential: credential ?? login.credential });
  const changes: LoginChange['changes'] = [
    ...(previousEmail === null ? [] : ['email' as const]),
    ...(credential === undefined ? [] : ['password' as const]),
  ];
  return loginChange(contact, changes, email, previousEmail, login.credential);
}

const loginChange = (
  { id, loginVersion }: Contact,
  changes: LoginChange['changes'],
  email: string | null,
  previousEmail: string | null,
  credential: string | null,
): LoginChange => ({
  contactId: id,
  version: loginVersion,
  changes,
  email,
  previousEmail,
  credential,
});

/** Removes a contact's login; undefined where it has none. */
export async function removeLogin(em: EntityManager, contact: Contact): Promise<LoginChange | undefined> {
  if (!contact.hasPortalLogin) return undefined;
  em.remove(await em.findOneOrFail(PortalLogin, contact.id));
  contact.hasPortalLogin = false;
  contact.loginVersion++;
  return loginChange(contact, ['removed'], null, null, null);
}
