/** Email and password do not fit, for any reason. */
export class InvalidCredentials extends Error {
  override readonly name = 'InvalidCredentials';

  /** @param contactId of the login that has the email; null if there is none */
  constructor(readonly contactId: number | null) {
    super('Email or password is wrong.');
  }
}

/** Too many failed attempts for this email or from this address; the password is not checked. */
export class TooManyAttempts extends Error {
  override readonly name = 'TooManyAttempts';

  constructor(readonly retryAfterSeconds: number) {
    super('Too many failed attempts. Try again later.');
  }
}

/** The access token is not valid, or no longer. */
export class NoSession extends Error {
  override readonly name = 'NoSession';
}
