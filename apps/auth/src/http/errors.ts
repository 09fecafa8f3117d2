import { HashQueueFull, UnknownCredentialKey, UnreadableCredential } from '#app/credentials';
import { ApiError, unauthenticated, unavailable } from '#app/http';
import { InvalidCredentials, NoSession, TooManyAttempts } from '../portal-sessions/portal-session.errors.js';

/** The auth app's table from domain error to answer. */
export function errorTable(error: unknown): ApiError | undefined {
  if (error instanceof InvalidCredentials)
    return new ApiError(401, 'invalid_credentials', error.message, { headers: { 'WWW-Authenticate': 'Bearer' } });
  if (error instanceof NoSession)
    return unauthenticated('The access token is not valid: it is unknown or expired, or its session has ended.');
  if (error instanceof TooManyAttempts) {
    const headers = { 'Retry-After': String(error.retryAfterSeconds) };
    return new ApiError(429, 'too_many_attempts', error.message, { headers });
  }
  if (error instanceof HashQueueFull)
    return unavailable('hash_queue_full', 'Too many passwords are being checked at the moment.');
  if (error instanceof UnknownCredentialKey || error instanceof UnreadableCredential)
    return unavailable('credential_unavailable', 'The login cannot be checked at the moment.', 30, error);
  return undefined;
}
