import { CodedError } from '../wire/coded.error.js';
import { ValidationFailed } from '../wire/validation.error.js';

/** A request with the same key is being served. */
export class IdempotencyKeyInUse extends CodedError {
  constructor() {
    super('idempotency_key_in_use');
  }
}

/** The key was used for another request. */
export class IdempotencyKeyReused extends ValidationFailed {
  constructor() {
    super({ 'Idempotency-Key': ['was used for another request'] }, 'idempotency_key_reused');
  }
}

/** A request with the same key was answered while this one was on its way: nothing was done, the stored result is to be served. */
export class IdempotencyConflict extends Error {
  override readonly name = 'IdempotencyConflict';
}

/** What a stored result was about has been deleted. */
export class StoredResultGone extends CodedError {
  constructor() {
    super('contact_not_found');
  }
}

/** The resource has another version than the request was made for, or is not there. */
export class VersionMismatch extends CodedError {
  constructor() {
    super('version_mismatch');
  }
}

/** A header that cannot be read. */
export class MalformedHeader extends CodedError {
  constructor(header: string, defect: string) {
    super('malformed_header', { message: `${header} ${defect}.` });
  }
}

/** As many events wait for the broker as may: no more changes are taken until some have gone. */
export class OutboxFull extends CodedError {
  constructor() {
    super('outbox_full');
  }
}
