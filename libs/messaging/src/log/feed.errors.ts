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

/** The topics have other partitions than the position; it can be carried over to them. */
export class OtherPartitions extends Error {
  override readonly name = 'OtherPartitions';

  constructor() {
    super('The topics have other partitions by now.');
  }
}

/** The broker does not answer, so the starting position is unknown. The same attempt can succeed later. */
export class FeedUnavailable extends Error {
  override readonly name = 'FeedUnavailable';

  constructor(cause: unknown) {
    super('The topics cannot be read at the moment.', { cause });
  }
}

/** The broker describes no partition of a topic: it is missing, or may not be described. */
export class TopicMissing extends Error {
  override readonly name = 'TopicMissing';

  constructor(topic: string) {
    super(`Topic ${topic} has no partitions.`);
  }
}

const UNREADABLE = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'TOPIC_AUTHORIZATION_FAILED']);

/** Whether an error means that a topic is missing or may not be read, and not that the broker fails. */
export function isUnreadableTopic(error: unknown): boolean {
  if (error instanceof TopicMissing) return true;
  const { type, cause } = error as { type?: string; cause?: unknown };
  return UNREADABLE.has(type ?? '') || (cause instanceof Error && isUnreadableTopic(cause));
}
