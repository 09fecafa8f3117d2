/** The cursor was not made by a feed of these topics, or was changed. */
export class UnreadableCursor extends Error {
  override readonly name = 'UnreadableCursor';

  constructor() {
    super('The cursor is not one of this feed.');
  }
}

/** The cursor's position is no longer retained: retention has deleted it, or its topic was recreated. */
export class ExpiredCursor extends Error {
  override readonly name = 'ExpiredCursor';

  constructor() {
    super('What follows the cursor is no longer held.');
  }
}

/** The broker does not answer, so the starting position is unknown. The same attempt can succeed later. */
export class FeedUnavailable extends Error {
  override readonly name = 'FeedUnavailable';

  constructor(cause: unknown) {
    super('The topics cannot be read at the moment.', { cause });
  }
}
