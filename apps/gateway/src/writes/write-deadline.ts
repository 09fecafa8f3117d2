import { CodedError } from '../wire/coded.error.js';

/** How long one write may take, over all tries: its caller gets an answer within two seconds. */
export const WRITE_DEADLINE_MS = 1_900;

/** How long a write of many contacts, or all items of a batch, may take. Each statement keeps the usual timeout. */
export const BULK_WRITE_DEADLINE_MS = 30_000;

/** The write did not finish within its deadline; it may have happened or not. */
export class WriteTimedOut extends CodedError {
  constructor() {
    super('timed_out');
  }
}
