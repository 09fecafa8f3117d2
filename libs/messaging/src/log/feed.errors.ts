/** A cursor that was not made by a feed of these topics, or was changed on its way. */
export class UnreadableCursor extends Error {
  override readonly name = 'UnreadableCursor';

  constructor() {
    super('The cursor is not one of this feed.');
  }
}

/** A cursor whose place is no longer held: retention has passed it, or its topic was made again. */
export class ExpiredCursor extends Error {
  override readonly name = 'ExpiredCursor';

  constructor() {
    super('What follows the cursor is no longer held.');
  }
}

/** The broker does not answer, so that the place to begin at is not known; the same attempt can succeed later. */
export class FeedUnavailable extends Error {
  override readonly name = 'FeedUnavailable';

  constructor(cause: unknown) {
    super('The topics cannot be read at the moment.', { cause });
  }
}
