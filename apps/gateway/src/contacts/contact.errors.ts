import { CodedError } from '../wire/coded.error.js';
import { ValidationFailed, type FieldErrors } from '../wire/validation.error.js';

/** There is no contact of this id. */
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
}

/** The error of everything that is wrong with a contact's request. */
export const contactErrorOf = (errors: FieldErrors): ValidationFailed =>
  Object.keys(errors).length === 1 && errors['email'] === LoginEmailTaken.reasons
    ? new LoginEmailTaken()
    : new ValidationFailed(errors);

/** The contact's places changed between reading and locking them: the transaction starts again, as after a lost race. */
export class PlacesMoved extends Error {
  override readonly name = 'PlacesMoved';
  readonly code = '40001';
}

/** Several contacts have the email that an upsert names. */
export class ContactsShareEmail extends CodedError {
  constructor(contactIds: readonly number[]) {
    super('email_ambiguous', { members: { contact_ids: contactIds } });
  }
}

/** Another contact than the one expected has the email by now: the upsert starts again. */
export class EmailMoved extends CodedError {
  constructor() {
    super('contended');
  }
}
