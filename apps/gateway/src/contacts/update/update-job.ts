import type { Deadline } from '../../writes/deadline.js';
import type { WriteRequest } from '../../writes/write-request.js';
import type { ContactPatch } from '../contact.patch.js';

/** One update, ready for its transaction. */
export interface UpdateJob {
  contactId: number;
  patch: ContactPatch;
  request: WriteRequest;
  /** The new password's hash, sealed; undefined where none was given. */
  credential: string | undefined;
  /** Runs from the moment at which the update was accepted. */
  deadline: Deadline;
}

/** How an update is served that no batch can serve. */
export type Route =
  /** It takes or leaves a company or a primary flag, or makes a tag: in a transaction of its own, its companies locked first. */
  | 'alone'
  /** Another transaction has what it needs: in a later batch. */
  | 'later';
