import type { FieldErrors } from '../writes/write-request.js';

/** There is no contact of this id. */
export class ContactNotFound extends Error {
  override readonly name = 'ContactNotFound';

  constructor() {
    super('Contact not found.');
  }
}

/** The request breaks rules; nothing was changed. Names every field that fails, by format or by what the database holds. */
export class ContactRefused extends Error {
  override readonly name = 'ContactRefused';

  constructor(readonly refusals: FieldErrors) {
    super('The contact was not changed.');
  }
}

/** The login email belongs to another contact's login. */
export class LoginEmailTaken extends ContactRefused {
  static readonly reason = 'is already used by another portal login';

  constructor() {
    super({ email: [LoginEmailTaken.reason] });
  }
}

/** The contact's places changed between reading and locking them: the transaction starts again, as after a lost race. */
export class PlacesMoved extends Error {
  override readonly name = 'PlacesMoved';
  readonly code = '40001';
}

/** Several contacts have the email that an upsert names. */
export class ContactsShareEmail extends Error {
  override readonly name = 'ContactsShareEmail';

  constructor(readonly contactIds: readonly number[]) {
    super('Several contacts have this email.');
  }
}

/** Another contact than the one expected has the email by now: the upsert starts again. */
export class EmailMoved extends Error {
  override readonly name = 'EmailMoved';
}
