import type { EntityManager } from '@mikro-orm/postgresql';
import type { Contact } from '../contacts/contact.entity.js';
import type { LoginChange } from '../contacts/contact.events.js';
import { PortalLogin } from '../contacts/portal-login.entity.js';

/** The logins of locked contacts. */
export async function loginsOf(em: EntityManager, contactIds: readonly number[]): Promise<Map<number, PortalLogin>> {
  const logins = await em.find(PortalLogin, { contactId: { $in: [...contactIds] } });
  return new Map(logins.map((login) => [login.contactId, login]));
}

/** A login as it is, at its contact's new login version: its sessions go on. */
export const unchangedLogin = ({ id, loginVersion }: Contact, { email, credential }: PortalLogin): LoginChange => ({
  contactId: id,
  version: loginVersion,
  changes: [],
  email,
  previousEmail: null,
  credential,
});

/** A login that the gateway does not have, but another reader may. */
export const absentLogin = (contactId: number, version: number): LoginChange => ({
  contactId,
  version,
  changes: ['removed'],
  email: null,
  previousEmail: null,
  credential: null,
});
