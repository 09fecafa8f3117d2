import { CodedError } from '../wire/coded.error.js';

/** How long one write may take, over all its tries: its caller is told within two seconds. */
export const WRITE_DEADLINE_MS = 1_900;

/** How long a write of many contacts may take, and all items of a batch together. Each of its statements has the usual time. */
export const BULK_WRITE_DEADLINE_MS = 30_000;

/** The change could not be made within its deadline; whether it was is not known. */
export class WriteTimedOut extends CodedError {
  constructor() {
    super('timed_out');
  }
}
