/** Email and password do not fit, in whatever way. */
export class InvalidCredentials extends Error {
  override readonly name = 'InvalidCredentials';

  constructor() {
    super('Email or password is wrong.');
  }
}

/** Too many failed attempts for this email or from this address; nothing was checked. */
export class TooManyAttempts extends Error {
  override readonly name = 'TooManyAttempts';

  constructor(
    readonly retryAfterSeconds: number,
    /** Whose limit it is. */
    readonly limitOf: 'email' | 'address',
  ) {
    super('Too many failed attempts. Try again later.');
  }
}

/** No access token, or one that counts no more. */
export class NoSession extends Error {
  override readonly name = 'NoSession';
}
