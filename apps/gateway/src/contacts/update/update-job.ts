import type { Deadline } from '../../wire/deadline.js';
import type { WriteRequest } from '../../writes/write-request.js';
import type { ContactPatch } from '../contact.patch.js';
import type { Rehearsal } from './rehearsal.js';

/** One update, ready for its transaction. */
export interface UpdateJob {
  contactId: number;
  patch: ContactPatch;
  request: WriteRequest;
  /** The new password's hash, sealed; undefined without a new password. */
  credential: string | undefined;
  /** Runs from the moment of acceptance. */
  deadline: Deadline;
  /** Of a batch's dry run. */
  rehearsal?: Rehearsal | undefined;
}

/** How an update is served that this batch cannot serve. */
export type Route =
  /**
   * It takes a primary flag, makes a tag, or claims an email that another transaction has claimed: in a transaction of its own, its
   * companies locked first.
   */
  | 'alone'
  /** Another transaction has a lock that it needs: in a later batch. */
  | 'later';
