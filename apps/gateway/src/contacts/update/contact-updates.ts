import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import type { WriteRequest } from '../../writes/write-request.js';
import { Writes, type Outcome } from '../../writes/writes.js';
import { decideClaim } from '../contact-claim.js';
import type { ContactPatch } from '../contact.patch.js';
import { shownContact, type WrittenContact } from '../written-contact.js';
import { applyTogether, applyUpdate, concernedCompanies, NeedsCompanies } from './apply-updates.js';
import { Lanes } from './lanes.js';
import { UpdateGroups } from './update-groups.js';

/** One update, ready for its transaction. */
export interface UpdateJob {
  contactId: number;
  patch: ContactPatch;
  request: WriteRequest;
  /** The new password's hash, sealed; undefined where none was given. */
  credential: string | undefined;
  /** The contact is meant only as long as it has the email of this key. */
  expectedEmailKey?: string;
}

/** Applies updates, concurrent ones together: one locked select, one write, one outbox insert and one commit for all. */
@Injectable()
export class ContactUpdates {
  private readonly groups = new UpdateGroups<UpdateJob, WrittenContact>((jobs) => this.runTogether(jobs));

  private readonly lanes = new Lanes();

  constructor(
    private readonly em: EntityManager,
    private readonly writes: Writes,
  ) {}

  /** @throws {ContactNotFound} @throws {ValidationFailed} @throws {VersionMismatch} @throws {WriteTimedOut} */
  async submit(job: UpdateJob): Promise<WrittenContact> {
    if (job.request.dryRun) return this.runAlone(job);
    try {
      return await this.groups.submit(job.contactId, job);
    } catch (error) {
      if (!(error instanceof NeedsCompanies)) throw error;
      return await this.runAlone(job);
    }
  }

  private runTogether(jobs: UpdateJob[]): Promise<Outcome<WrittenContact>[]> {
    return this.writes.runTogether(jobs, applyTogether, shownContact).catch(decideClaim);
  }

  private async runAlone(job: UpdateJob): Promise<WrittenContact> {
    const companyIds = await concernedCompanies(this.em.fork(), job);
    const update = () => this.writes.run(job.request, (unit) => applyUpdate(unit, job), shownContact);
    return this.lanes.run(companyIds, update).catch(decideClaim);
  }
}
