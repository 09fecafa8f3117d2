import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { IdempotencyStore } from '../../writes/idempotency-store.js';
import type { WriteUnit } from '../../writes/write-unit.js';
import { Writes } from '../../writes/writes.js';
import { changeTime } from '../contact-drafts.js';
import { lockForWrite } from '../contact-locks.js';
import { removeLogin } from '../contact-login.js';
import { contactDeleted, portalLoginEvents } from '../contact.events.js';
import { snapshotOf } from '../contact.snapshot.js';
import { DeleteContactCommand, type DeletedContact } from './delete-contact.command.js';

@CommandHandler(DeleteContactCommand)
export class DeleteContactHandler implements ICommandHandler<DeleteContactCommand> {
  constructor(
    private readonly writes: Writes,
    private readonly kept: IdempotencyStore,
  ) {}

  execute(command: DeleteContactCommand): Promise<DeletedContact> {
    return this.writes.run(command.request, (unit) => this.delete(unit, command));
  }

  private async delete(unit: WriteUnit, { contactId, request }: DeleteContactCommand): Promise<DeletedContact> {
    const contact = await lockForWrite(unit.em, contactId, request);
    const occasion = { at: changeTime(contact), request };
    const snapshot = snapshotOf(contact);
    const login = await removeLogin(unit.em, contact);
    // The claim refers to the contact's row, which has to go last.
    await unit.flush();
    if (!unit.dryRun) await this.kept.forget(unit.em, contactId);
    unit.em.remove(contact);
    const removal = login ? portalLoginEvents(login, occasion) : [];
    await unit.record([...removal, contactDeleted(snapshot, occasion)]);
    return { loginVersion: contact.loginVersion };
  }
}
