import { ApiError, unavailable, validationFailed } from '@app/http';
import { CompanyNotFound, CompanyRefused } from '../companies/company.errors.js';
import { ContactNotFound, ContactRefused, HashQueueFull, LoginEmailTaken, UpdateTimedOut } from '../contacts/contact.errors.js';

/** The gateway's table from domain error to answer. */
export function errorTable(error: unknown): ApiError | undefined {
  if (error instanceof ContactNotFound) return new ApiError(404, 'contact_not_found', error.message);
  if (error instanceof CompanyNotFound) return new ApiError(404, 'company_not_found', error.message);
  if (error instanceof ContactRefused) return validationFailed(error.refusals, codeOf(error));
  if (error instanceof CompanyRefused) return validationFailed(error.refusals);
  if (error instanceof HashQueueFull) return unavailable('hash_queue_full', 'Too many passwords are being set at the moment.');
  if (error instanceof UpdateTimedOut) return unavailable('timed_out', 'The change could not be made in time.');
  return undefined;
}

function codeOf({ refusals }: ContactRefused): string | undefined {
  const [only, ...others] = Object.entries(refusals);
  const taken = others.length === 0 && only?.[0] === 'email' && only[1].includes(LoginEmailTaken.reason);
  return taken ? 'email_taken' : undefined;
}
