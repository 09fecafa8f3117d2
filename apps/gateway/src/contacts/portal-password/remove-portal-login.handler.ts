import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { WriteUnit } from '../../writes/write-unit.js';
import { Writes } from '../../writes/writes.js';
import { concludeDrafts, type Draft } from '../contact-drafts.js';
import { lockForWrite } from '../contact-locks.js';
import { removeLogin } from '../contact-login.js';
import { snapshotOf } from '../contact.snapshot.js';
import { shownContact, type WrittenContact } from '../written-contact.js';
import { RemovePortalLoginCommand } from './remove-portal-login.command.js';

@CommandHandler(RemovePortalLoginCommand)
export class RemovePortalLoginHandler implements ICommandHandler<RemovePortalLoginCommand> {
  constructor(private readonly writes: Writes) {}

  execute(command: RemovePortalLoginCommand): Promise<WrittenContact> {
    return this.writes.run(command.request, (unit) => remove(unit, command), shownContact);
  }
}

async function remove(unit: WriteUnit, { contactId, request }: RemovePortalLoginCommand): Promise<WrittenContact> {
  const contact = await lockForWrite(unit.em, contactId, request);
  const draft: Draft = { contact, before: snapshotOf(contact), request };
  draft.login = await removeLogin(unit.em, contact);
  await unit.record(concludeDrafts([draft]));
  return { contact: draft.after!, loginVersion: contact.loginVersion };
}
