import { EntityManager } from '@mikro-orm/postgresql';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Writes } from '../../writes/writes.js';
import { translateEmailConflict } from '../contact.errors.js';
import { namesUnclearText } from '../contact.identifiers.js';
import { PasswordHasher } from '../password.hasher.js';
import { WeakPasswords } from '../weak-passwords.js';
import { shownContact, type WrittenContact } from '../written-contact.js';
import { applyAlone, concernedCompanies } from './apply-alone.js';
import { applyBatch } from './apply-batch.js';
import { assertUpdatable } from './assert-updatable.js';
import { UpdateBatcher } from './update-batcher.js';
import { UpdateContactCommand } from './update-contact.command.js';
import type { UpdateJob } from './update-job.js';

@CommandHandler(UpdateContactCommand)
export class UpdateContactHandler implements ICommandHandler<UpdateContactCommand> {
  private readonly batcher = new UpdateBatcher<UpdateJob, WrittenContact>((jobs, commits) =>
    this.writes.runTogether(jobs, applyBatch, { contactOf: shownContact, commits }).catch(translateEmailConflict),
  );

  constructor(
    private readonly em: EntityManager,
    private readonly writes: Writes,
    private readonly hasher: PasswordHasher,
    private readonly weakPasswords: WeakPasswords,
  ) {}

  async execute({ contactId, patch, formErrors, request, rehearsal }: UpdateContactCommand): Promise<WrittenContact> {
    const { weakPasswords } = this;
    if (patch.password !== undefined || Object.keys(formErrors).length > 0 || namesUnclearText(patch))
      await assertUpdatable(this.em.fork(), {
        contactId,
        patch,
        formErrors,
        condition: request.condition,
        weakPasswords,
        rehearsal,
      });
    const credential = await this.hasher.sealFor(contactId, patch, request);
    const job = { contactId, patch, request, credential, deadline: request.deadline, rehearsal };
    if (request.dryRun) return this.runAlone(job);
    const submitted = await this.batcher.submit(job);
    return 'result' in submitted ? submitted.result : this.runAlone(job);
  }

  private async runAlone(job: UpdateJob): Promise<WrittenContact> {
    const companies = await concernedCompanies(this.em.fork(), job);
    const options = { contactOf: shownContact, locks: { companies, contact: job.contactId } };
    return this.writes.run(job.request, (unit) => applyAlone(unit, job), options).catch(translateEmailConflict);
  }
}
