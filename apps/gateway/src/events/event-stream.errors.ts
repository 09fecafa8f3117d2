import { ExpiredCursor, FeedUnavailable, UnreadableCursor } from '#app/messaging';
import { ApiError, unavailable, validationFailed } from '#app/http';

const RETRY_SECONDS = 5;

/** The token has as many streams open here as it may have. */
export class TooManyStreams extends Error {
  override readonly name = 'TooManyStreams';
}

/** This process has as many streams open as it serves, or is about to stop. */
export class StreamsFull extends Error {
  override readonly name = 'StreamsFull';
}

/** The part of the error table that is about streams. */
export function eventStreamError(error: unknown): ApiError | undefined {
  if (error instanceof UnreadableCursor) return validationFailed({ 'Last-Event-ID': ['is not an id of this stream'] });
  if (error instanceof ExpiredCursor) {
    return new ApiError(
      410,
      'cursor_expired',
      'What follows Last-Event-ID is no longer held: read the contacts, then begin anew.',
    );
  }
  if (error instanceof FeedUnavailable)
    return unavailable('events_unavailable', 'The events cannot be read now.', 1, error.cause);
  if (error instanceof StreamsFull) return unavailable('streams_full', 'No more streams can be served here.', RETRY_SECONDS);
  if (error instanceof TooManyStreams) {
    const headers = { 'Retry-After': String(RETRY_SECONDS) };
    return new ApiError(429, 'too_many_streams', 'The token has too many streams open.', { headers });
  }
  return undefined;
}
