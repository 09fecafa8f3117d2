import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { IdempotencyStore } from '../../writes/idempotency-store.js';
import type { WriteUnit } from '../../writes/write-unit.js';
import { Writes } from '../../writes/writes.js';
import { lockForWrite, removeLogin } from '../contact-entity.store.js';
import { contactDeleted, portalLoginEvents } from '../contact.events.js';
import { snapshotOf } from '../contact.snapshot.js';
import { DeleteContactCommand, type DeletedContact } from './delete-contact.command.js';

@CommandHandler(DeleteContactCommand)
export class DeleteContactHandler implements ICommandHandler<DeleteContactCommand> {
  constructor(
    private readonly writes: Writes,
    private readonly stored: IdempotencyStore,
  ) {}

  execute(command: DeleteContactCommand): Promise<DeletedContact> {
    return this.writes.run(command.request, (unit) => this.delete(unit, command), { written: command.contactId });
  }

  private async delete(unit: WriteUnit, { contactId, request }: DeleteContactCommand): Promise<DeletedContact> {
    const { contact, state } = await lockForWrite(unit.em, contactId, request);
    const metadata = { at: state.changedAt, request };
    const removal = await removeLogin(unit, state);
    // The claim refers to the contact's row, which must go last.
    await unit.flush();
    if (!unit.dryRun) await this.stored.forget(unit.em, contactId);
    unit.em.remove(contact);
    const loginEvents = removal ? portalLoginEvents(removal, metadata) : [];
    await unit.record([...loginEvents, contactDeleted(snapshotOf(state, state), metadata)]);
    return { loginVersion: removal?.version ?? state.loginVersion };
  }
}
