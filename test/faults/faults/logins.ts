import { randomUUID } from 'node:crypto';
import type { Operation } from '../load/history.js';
import type { FaultContext } from './fault.js';

/** A contact with a login, made by a recorded request. The load does not touch it. */
export async function newLogin({ load, random }: FaultContext, email: string): Promise<number> {
  const body = { first_name: 'Rival', company_id: random.pick(load.companyIds), email, password: load.newPassword() };
  const made = await load.request({
    kind: 'create',
    contactId: null,
    method: 'POST',
    path: '/contacts',
    body,
    key: randomUUID(),
  });
  if (made.contactId === null) throw new Error('A contact could not be made.');
  return made.contactId;
}

/** Contacts with logins, which no later change of the load covers up. */
export async function newLogins(context: FaultContext, count: number): Promise<number[]> {
  const domain = `${randomUUID()}.example`;
  const made: number[] = [];
  for (let at = 0; at < count; at++) made.push(await newLogin(context, `own.${at}@${domain}`));
  return made;
}

/** Gives each contact another password. */
export const setPasswords = ({ load }: FaultContext, contactIds: readonly number[]): Promise<Operation[]> =>
  Promise.all(
    contactIds.map((contactId) =>
      load.request({
        kind: 'password',
        contactId,
        method: 'POST',
        path: `/contacts/${contactId}/password`,
        body: { password: load.newPassword() },
        key: randomUUID(),
      }),
    ),
  );
