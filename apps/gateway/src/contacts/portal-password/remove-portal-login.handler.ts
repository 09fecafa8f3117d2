import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { WriteUnit } from '../../writes/write-unit.js';
import { Writes } from '../../writes/writes.js';
import { changeOf, eventsOf } from '../contact.change.js';
import { lockForWrite, removeLogin, takeOver } from '../contact-entity.store.js';
import { shownContact, type WrittenContact } from '../written-contact.js';
import { RemovePortalLoginCommand } from './remove-portal-login.command.js';

@CommandHandler(RemovePortalLoginCommand)
export class RemovePortalLoginHandler implements ICommandHandler<RemovePortalLoginCommand> {
  constructor(private readonly writes: Writes) {}

  execute(command: RemovePortalLoginCommand): Promise<WrittenContact> {
    const options = { contactOf: shownContact, locks: { contact: command.contactId } };
    return this.writes.run(command.request, (unit) => remove(unit, command), options);
  }
}

async function remove(unit: WriteUnit, { contactId, request }: RemovePortalLoginCommand): Promise<WrittenContact> {
  const { contact, state } = await lockForWrite(unit.em, contactId, request);
  const removal = await removeLogin(unit, state);
  const next = removal ? { ...state, hasPortalLogin: false, loginVersion: removal.version } : state;
  const change = changeOf(state, next, removal);
  await takeOver(unit.em, contact, change);
  await unit.record(eventsOf(change, request));
  return { contact: change.snapshot, loginVersion: change.after.loginVersion };
}
