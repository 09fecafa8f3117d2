import type { Deadline } from '../../wire/deadline.js';
import type { WriteRequest } from '../../writes/write-request.js';
import type { ContactPatch } from '../contact.patch.js';
import type { Rehearsal } from '../update/rehearsal.js';

interface Job {
  request: WriteRequest;
  /** Runs from the moment of acceptance. */
  deadline: Deadline;
}

/** One update, ready for its transaction. */
export interface UpdateJob extends Job {
  kind: 'update';
  contactId: number;
  patch: ContactPatch;
  /** The new password's hash, sealed; undefined without a new password. */
  credential: string | undefined;
  /** Of an upsert: the key of its email. The update applies only while this contact, and no other one, has the email. */
  upsertKey?: string | undefined;
  /** Of a batch's dry run. */
  rehearsal?: Rehearsal | undefined;
}

/** One creation, ready for its transaction. */
export interface CreationJob extends Job {
  kind: 'creation';
  /** Drawn before where a credential is sealed for it; else in the transaction. */
  contactId: number | undefined;
  patch: ContactPatch;
  /** The password's hash, sealed; undefined without a password. */
  credential: string | undefined;
  /** Of an upsert: the key of its email. The contact is created only while no other one has the email. */
  upsertKey?: string | undefined;
}

/** One deletion, ready for its transaction. */
export interface DeletionJob extends Job {
  kind: 'deletion';
  contactId: number;
}

export type ContactJob = UpdateJob | CreationJob | DeletionJob;

/**
 * What only one batch at a time can have: jobs of the same subject keep their order. The items of a request under an `Idempotency-Key` have
 * the key too, since one transaction holds its lock.
 */
export function subjectsOf(job: ContactJob): unknown[] {
  const subject = job.kind === 'creation' ? (job.upsertKey ?? job.contactId ?? job) : job.contactId;
  const { key } = job.request;
  return key ? [subject, key] : [subject];
}

/** How a write is served that this batch cannot serve. */
export type Route =
  /**
   * It takes a primary flag, makes a tag, claims an email that another transaction has claimed, or begins in a company that is locked: in
   * a transaction of its own, its companies locked first.
   */
  | 'alone'
  /** Another transaction has a lock that it needs: in a later batch. */
  | 'later';
