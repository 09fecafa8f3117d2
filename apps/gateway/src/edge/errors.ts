import { HashQueueFull } from '#app/credentials';
import { ApiError, unavailable, validationFailed } from '#app/http';
import { CompanyInUse, CompanyNotFound, CompanyRefused, CompanyTagNotFound } from '../companies/company.errors.js';
import { ContactNotFound, ContactRefused, ContactsShareEmail, EmailMoved, LoginEmailTaken } from '../contacts/contact.errors.js';
import { ListRefused } from '../lists/list.errors.js';
import { eventStreamError } from '../events/event-stream.errors.js';
import { ScopesNotHeld, TokenNotFound, TokenRefused } from '../tokens/api-token.errors.js';
import { WriteTimedOut } from '../writes/write-deadline.js';
import {
  StoredResultGone,
  IdempotencyKeyInUse,
  IdempotencyKeyReused,
  MalformedHeader,
  OutboxFull,
  VersionMismatch,
} from '../writes/write.errors.js';

/** The gateway's table from domain error to answer. */
export function errorTable(error: unknown): ApiError | undefined {
  if (error instanceof ContactNotFound) return new ApiError(404, 'contact_not_found', error.message);
  if (error instanceof CompanyNotFound) return new ApiError(404, 'company_not_found', error.message);
  if (error instanceof CompanyTagNotFound) return new ApiError(404, 'company_tag_not_found', error.message);
  if (error instanceof CompanyInUse)
    return new ApiError(409, 'company_in_use', error.message, { members: { contacts: error.contacts } });
  if (error instanceof ContactRefused) return validationFailed(error.refusals, codeOf(error));
  if (error instanceof CompanyRefused) return validationFailed(error.refusals);
  if (error instanceof ContactsShareEmail)
    return new ApiError(409, 'email_ambiguous', error.message, { members: { contact_ids: error.contactIds } });
  if (error instanceof EmailMoved) return unavailable('contended', 'The contact changes too often at the moment.', 1, error);
  if (error instanceof ListRefused) return validationFailed({ ...error.defects });
  if (error instanceof HashQueueFull) return unavailable('hash_queue_full', 'Too many passwords are being set at the moment.');
  return tokenError(error) ?? writeError(error) ?? eventStreamError(error);
}

function tokenError(error: unknown): ApiError | undefined {
  if (error instanceof TokenNotFound) return new ApiError(404, 'token_not_found', error.message);
  if (error instanceof TokenRefused) return validationFailed(error.refusals);
  if (error instanceof ScopesNotHeld) return new ApiError(403, 'scope_not_held', error.message);
  return undefined;
}

function writeError(error: unknown): ApiError | undefined {
  if (error instanceof WriteTimedOut) return unavailable('timed_out', 'The change could not be made in time.', 1, error);
  if (error instanceof OutboxFull) return unavailable('outbox_full', error.message, 5);
  if (error instanceof MalformedHeader) return new ApiError(400, 'malformed_header', error.message);
  if (error instanceof IdempotencyKeyReused)
    return validationFailed({ 'Idempotency-Key': ['was used for another request'] }, 'idempotency_key_reused');
  if (error instanceof IdempotencyKeyInUse)
    return new ApiError(409, 'idempotency_key_in_use', error.message, { headers: { 'Retry-After': '1' } });
  if (error instanceof StoredResultGone) return new ApiError(404, 'contact_not_found', 'Contact not found.');
  if (error instanceof VersionMismatch) return new ApiError(412, 'version_mismatch', 'The contact has another version.');
  return undefined;
}

function codeOf({ refusals }: ContactRefused): string | undefined {
  const [only, ...others] = Object.entries(refusals);
  const taken = others.length === 0 && only?.[0] === 'email' && only[1].includes(LoginEmailTaken.reason);
  return taken ? 'email_taken' : undefined;
}
