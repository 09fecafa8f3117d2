import { kidOfCredential, openCredential, type OpeningKeys } from '#app/credentials';

/** Opens sealed credentials, in memory only: the content goes into no table, log or error. */
export class Credentials {
  constructor(private readonly keys: OpeningKeys) {}

  /**
   * @returns the argon2id hash in PHC form
   * @throws {UnknownCredentialKey} if it is sealed to a key that is not here
   * @throws {UnreadableCredential} if it does not open, is another contact's, or holds no acceptable hash
   */
  open(contactId: number, credential: string): Promise<string> {
    return openCredential(this.keys, contactId, credential);
  }

  /** Whether the key that a credential is sealed to is here. */
  haveKeyOf(credential: string): boolean {
    const kid = kidOfCredential(credential);
    return kid !== undefined && this.keys.has(kid);
  }
}
