import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import type { WriteUnit } from '../../writes/write-unit.js';
import { Writes, type Locks } from '../../writes/writes.js';
import { translateEmailConflict } from '../contact.errors.js';
import { namesUnclearText } from '../contact.identifiers.js';
import { createAlone, creationLocks, drawContactId } from '../create/contact-creation.js';
import { deleteAlone } from '../delete/contact-deletion.js';
import type { DeletedContact } from '../delete/delete-contact.command.js';
import { applyAlone, concernedCompanies } from '../update/apply-alone.js';
import { holdUpsert } from '../upsert/upserted-emails.js';
import { shownContact, writtenBy, type WrittenContact } from '../written-contact.js';
import { applyBatch } from './apply-batch.js';
import { subjectsOf, type ContactJob, type CreationJob, type DeletionJob, type UpdateJob } from './contact-job.js';
import { WriteBatcher } from './write-batcher.js';

/** Runs writes of contacts: together where they can be, else each in a transaction of its own. */
@Injectable()
export class ContactWrites {
  private readonly batcher = new WriteBatcher<ContactJob, WrittenContact | DeletedContact>(
    (jobs, commits) =>
      this.writes
        .runTogether(jobs, applyBatch, { contactOf: (result) => ('contact' in result ? shownContact(result) : null), commits })
        .catch(translateEmailConflict),
    subjectsOf,
  );

  constructor(
    private readonly em: EntityManager,
    private readonly writes: Writes,
  ) {}

  update(job: UpdateJob): Promise<WrittenContact> {
    return this.together<WrittenContact>(job, async () => {
      const companies = await concernedCompanies(this.em.fork(), job);
      return this.alone(job, { companies, contact: job.contactId }, (unit) => applyAlone(unit, job));
    });
  }

  create(job: CreationJob): Promise<WrittenContact> {
    const create = async () => {
      const contactId = job.contactId ?? (await drawContactId(this.em.fork(), job.request));
      return this.alone(job, creationLocks(job.patch), (unit) => createAlone(unit, { ...job, contactId }));
    };
    // A name that is invalid for a new value is compared with the stored ones.
    return job.patch.isPrimary === true || namesUnclearText(job.patch) ? create() : this.together<WrittenContact>(job, create);
  }

  remove(job: DeletionJob): Promise<DeletedContact> {
    const { contactId, request } = job;
    return this.together<DeletedContact>(job, () =>
      this.writes.run(request, (unit) => deleteAlone(unit, job), { written: contactId, locks: { contact: contactId } }),
    );
  }

  /** @param alone runs the write in a transaction of its own: a dry run, and what no batch can serve */
  private async together<Result extends WrittenContact | DeletedContact>(
    job: ContactJob,
    alone: () => Promise<Result>,
  ): Promise<Result> {
    if (job.request.dryRun) return alone();
    const submitted = await this.batcher.submit(job);
    // The result of a job is of the job's kind.
    return 'result' in submitted ? (submitted.result as Result) : alone();
  }

  private alone(
    job: UpdateJob | CreationJob,
    locks: Locks,
    write: (unit: WriteUnit) => Promise<WrittenContact>,
  ): Promise<WrittenContact> {
    const { request, upsertKey } = job;
    const work = async (unit: WriteUnit) => {
      if (upsertKey !== undefined) await holdUpsert(unit.em, upsertKey, job.kind === 'update' ? job.contactId : undefined);
      return writtenBy(job, await write(unit));
    };
    const options = { contactOf: shownContact, locks: upsertKey === undefined ? locks : { ...locks, email: upsertKey } };
    return this.writes.run(request, work, options).catch(translateEmailConflict);
  }
}
