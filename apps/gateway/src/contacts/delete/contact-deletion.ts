import type { OutboxDraft } from '#app/messaging';
import type { WriteUnit } from '../../writes/write-unit.js';
import { lockForWrite, removeLogin } from '../contact-entity.store.js';
import { contactDeleted, portalLoginEvents, type EventOrigin, type LoginChange } from '../contact.events.js';
import { snapshotOf } from '../contact.snapshot.js';
import type { ContactState } from '../contact.state.js';
import type { DeletionJob } from '../together/contact-job.js';
import { eraseRemains } from './contact-remains.js';
import type { DeletedContact } from './delete-contact.command.js';

/** Deletes a contact in a transaction of its own. The ORM's unit of work deletes it. */
export async function deleteAlone(unit: WriteUnit, { contactId, request }: DeletionJob): Promise<DeletedContact> {
  const { contact, state } = await lockForWrite(unit.em, contactId, request);
  const removal = await removeLogin(unit, state);
  // The claim refers to the contact's row, which must go last.
  await unit.flush();
  unit.em.remove(contact);
  await unit.flush();
  if (!unit.dryRun) await eraseRemains(unit.em, [contactId]);
  await unit.record(deletionEvents(state, removal, request));
  return { loginVersion: removal?.version ?? state.loginVersion };
}

/** The events of a deletion, in the order of publication. */
export function deletionEvents(state: ContactState, removal: LoginChange | undefined, request: EventOrigin): OutboxDraft[] {
  const metadata = { at: state.changedAt, request };
  return [...(removal ? portalLoginEvents(removal, metadata) : []), contactDeleted(snapshotOf(state, state), metadata)];
}
