import type { StatementRunner } from '#app/postgres';
import type { LoginRecord } from './login-record.js';

/** What else happens in the transaction that applies records of logins. */
export abstract class LoginFollowUp {
  abstract applied(runner: StatementRunner, records: readonly LoginRecord[]): Promise<void>;
}

/** A rebuild's projection has only logins. */
export class NoFollowUp extends LoginFollowUp {
  applied(): Promise<void> {
    return Promise.resolve();
  }
}
