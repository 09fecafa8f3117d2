import type { EntityManager } from '@mikro-orm/postgresql';
import type { LoginRecord } from './login-record.js';

/** What else is done, in the same transaction, where records of logins were applied. */
export abstract class LoginFollowUp {
  abstract applied(em: EntityManager, records: readonly LoginRecord[]): Promise<void>;
}

/** A rebuild's projection has logins alone. */
export class NoFollowUp extends LoginFollowUp {
  applied(): Promise<void> {
    return Promise.resolve();
  }
}
