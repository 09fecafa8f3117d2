/** A credential that can never be opened, or is not this contact's. The message says why without any of its content. */
export class UnreadableCredential extends Error {
  override readonly name = 'UnreadableCredential';
}

/** A credential sealed to a key that is not here: a fault of the set-up, not of the credential. */
export class UnknownCredentialKey extends Error {
  override readonly name = 'UnknownCredentialKey';

  constructor(readonly kid: string) {
    super('A credential is sealed to a key that is not configured here.');
  }
}

/** Key material that cannot be used. */
export class InvalidCredentialKeys extends Error {
  override readonly name = 'InvalidCredentialKeys';
}
