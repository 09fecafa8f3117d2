import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { WriteUnit } from '../../writes/write-unit.js';
import { Writes } from '../../writes/writes.js';
import { lockForWrite, removeLogin } from '../contact-entity.store.js';
import { contactDeleted, portalLoginEvents } from '../contact.events.js';
import { snapshotOf } from '../contact.snapshot.js';
import { eraseRemains } from './contact-remains.js';
import { DeleteContactCommand, type DeletedContact } from './delete-contact.command.js';

@CommandHandler(DeleteContactCommand)
export class DeleteContactHandler implements ICommandHandler<DeleteContactCommand> {
  constructor(private readonly writes: Writes) {}

  execute(command: DeleteContactCommand): Promise<DeletedContact> {
    const { contactId, request } = command;
    return this.writes.run(request, (unit) => remove(unit, command), { written: contactId, locks: { contact: contactId } });
  }
}

async function remove(unit: WriteUnit, { contactId, request }: DeleteContactCommand): Promise<DeletedContact> {
  const { contact, state } = await lockForWrite(unit.em, contactId, request);
  const metadata = { at: state.changedAt, request };
  const removal = await removeLogin(unit, state);
  // The claim refers to the contact's row, which must go last.
  await unit.flush();
  unit.em.remove(contact);
  await unit.flush();
  if (!unit.dryRun) await eraseRemains(unit.em, contactId);
  const loginEvents = removal ? portalLoginEvents(removal, metadata) : [];
  await unit.record([...loginEvents, contactDeleted(snapshotOf(state, state), metadata)]);
  return { loginVersion: removal?.version ?? state.loginVersion };
}
