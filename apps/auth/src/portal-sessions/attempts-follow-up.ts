import { send, type StatementRunner } from '#app/postgres';
import { LoginFollowUp } from '../portal-logins/login-follow-up.js';
import type { LoginRecord } from '../portal-logins/login-record.js';
import type { AttemptKeys } from './attempt-keys.js';

const NEW_PASSWORD = ['password', 'created'];

/** A new password clears the counts of its email, a removal the login's known addresses. */
export class AttemptsFollowUp extends LoginFollowUp {
  constructor(private readonly keys: AttemptKeys) {
    super();
  }

  async applied(runner: StatementRunner, records: readonly LoginRecord[]): Promise<void> {
    const cleared = records.flatMap((record) =>
      record.kind === 'state' && record.emailKey !== null && record.changes.some((change) => NEW_PASSWORD.includes(change))
        ? [this.keys.ofEmail(record.emailKey)]
        : [],
    );
    const removed = records.filter((record) => record.kind === 'tombstone' || record.removed).map(({ contactId }) => contactId);
    if (cleared.length > 0) await send(runner, 'delete from login_attempt where email_hash = any($1)', [cleared]);
    if (removed.length > 0) await send(runner, 'delete from known_address where contact_id = any($1)', [removed]);
  }
}
