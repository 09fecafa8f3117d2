/** A request with the same key is being served. */
export class IdempotencyKeyInUse extends Error {
  override readonly name = 'KeyBusy';
}

/** The key was used for another request. */
export class IdempotencyKeyReused extends Error {
  override readonly name = 'KeyReused';
}

/** A request with the same key was answered while this one was on its way: nothing was done, the kept result is to be served. */
export class IdempotencyConflict extends Error {
  override readonly name = 'AnsweredMeanwhile';
}

/** What a kept result was about has been deleted. */
export class StoredResultGone extends Error {
  override readonly name = 'KeptResultGone';
}

/** The resource has another version than the request was made for, or is not there. */
export class VersionMismatch extends Error {
  override readonly name = 'VersionMismatch';
}

/** A header that cannot be read. */
export class MalformedHeader extends Error {
  override readonly name = 'MalformedHeader';

  constructor(
    readonly header: string,
    defect: string,
  ) {
    super(`${header} ${defect}.`);
  }
}

/** As many events wait for the broker as may: no more changes are taken until some have gone. */
export class OutboxFull extends Error {
  override readonly name = 'OutboxFull';
}
