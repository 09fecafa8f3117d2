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

/** A request with the same key was answered first: nothing was changed, and the stored result is to be answered. */
export class IdempotencyConflict extends Error {
  override readonly name = 'IdempotencyConflict';
}

/** Another transaction has a lock that the write needs: the write gives up its own locks and begins again. */
export class LockedElsewhere extends Error {
  override readonly name = 'LockedElsewhere';
}

/** The contact of a stored result has been deleted. */
export class StoredResultGone extends CodedError {
  constructor() {
    super('contact_not_found');
  }
}

/** The resource has another version than the condition names, or is missing. */
export class VersionMismatch extends CodedError {
  constructor() {
    super('version_mismatch');
  }
}

/** A header is unreadable. */
export class MalformedHeader extends CodedError {
  constructor(header: string, defect: string) {
    super('malformed_header', { message: `${header} ${defect}.` });
  }
}

/** The outbox is full: changes are refused until some events are published. */
export class OutboxFull extends CodedError {
  constructor() {
    super('outbox_full');
  }
}
