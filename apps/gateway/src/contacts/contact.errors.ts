import { constraintOf } from '#app/postgres';
import { CodedError } from '../wire/coded.error.js';
import { LOGIN_EMAIL_CONSTRAINT } from './portal-login.entity.js';
import { ValidationFailed, type FieldErrors } from '../wire/validation.error.js';

/** No contact has this id. */
export class ContactNotFound extends CodedError {
  constructor() {
    super('contact_not_found');
  }
}

/** The login email belongs to another contact's login. */
export class LoginEmailTaken extends ValidationFailed {
  static readonly reasons: string[] = ['is already used by another portal login'];

  constructor() {
    super({ email: [...LoginEmailTaken.reasons] }, 'email_taken');
  }

  /** Whether these errors, among others, say that the email is taken. */
  static isAmong({ email }: Readonly<FieldErrors>): boolean {
    return email?.[0] === LoginEmailTaken.reasons[0];
  }
}

/** The error for a request's field errors. */
export const contactErrorOf = (errors: FieldErrors): ValidationFailed =>
  Object.keys(errors).length === 1 && errors['email'] === LoginEmailTaken.reasons
    ? new LoginEmailTaken()
    : new ValidationFailed(errors);

/**
 * Translates the failure of a transaction: after a race of two claims on one email the constraint decides, and the
 * transaction is over. @throws {LoginEmailTaken} for the one that lost
 */
export function translateEmailConflict(error: unknown): never {
  throw constraintOf(error) === LOGIN_EMAIL_CONSTRAINT ? new LoginEmailTaken() : error;
}

/** Several contacts have the email that an upsert names. */
export class ContactsShareEmail extends CodedError {
  constructor(contactIds: readonly number[]) {
    super('email_ambiguous', { members: { contact_ids: contactIds } });
  }
}

/** Another contact has the email by now: the upsert starts again. */
export class EmailMoved extends CodedError {
  constructor() {
    super('contended');
  }
}
