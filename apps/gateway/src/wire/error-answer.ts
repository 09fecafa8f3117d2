import { HashQueueFull } from '#app/credentials';
import { ApiError } from '#app/http';
import { ExpiredCursor, FeedUnavailable } from '#app/messaging';
import { isRetryableConflict } from '#app/postgres';
import { CodedError } from './coded.error.js';
import { errorRow, type ErrorCode } from './error-codes.js';
import { ValidationFailed } from './validation.error.js';

/** Errors of the libs, which have no code. */
const CODES_OF_LIBS = new Map<unknown, ErrorCode>([
  [HashQueueFull, 'hash_queue_full'],
  [ExpiredCursor, 'cursor_expired'],
  [FeedUnavailable, 'events_unavailable'],
]);

/** The answer to an error; undefined without a code. */
export function errorAnswer(error: unknown): ApiError | undefined {
  const coded = codedErrorOf(error);
  if (!coded) return undefined;
  const { code, message, members, retryAfter } = coded;
  const { status, headers: own = {} } = errorRow(code);
  const headers = { ...own, ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }) };
  const errors = coded instanceof ValidationFailed ? { errors: { ...coded.errors } } : {};
  return new ApiError(status, code, message, { ...errors, members, headers, cause: error });
}

function codedErrorOf(error: unknown): CodedError | undefined {
  if (error instanceof CodedError) return error;
  // It outlasted the repetitions of its transaction.
  if (isRetryableConflict(error)) return new CodedError('contended');
  const code = error instanceof Error ? CODES_OF_LIBS.get(error.constructor) : undefined;
  return code && new CodedError(code);
}
