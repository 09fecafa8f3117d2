/** A credential that can never be opened, or belongs to another contact. The message gives the reason without any content. */
export class UnreadableCredential extends Error {
  override readonly name = 'UnreadableCredential';
}

/** A credential sealed to an unknown key: a fault of the set-up, not of the credential. */
export class UnknownCredentialKey extends Error {
  override readonly name = 'UnknownCredentialKey';

  constructor(readonly kid: string) {
    super('A credential is sealed to a key that is not configured here.');
  }
}

/** Unusable key material. */
export class InvalidCredentialKeys extends Error {
  override readonly name = 'InvalidCredentialKeys';
}
