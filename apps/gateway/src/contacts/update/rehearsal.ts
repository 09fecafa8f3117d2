import { loginEmailKey } from '#app/contracts';
import type { ContactChange } from '../contact.change.js';
import type { LoginState, LoginUpdate } from '../contact.login.js';
import type { PatchLookups } from '../contact.rules.js';
import type { ContactState } from '../contact.state.js';

/**
 * What the items of a batch's dry run would have changed so far. Each item is rolled back by itself, so that its locks end with it; the
 * next one finds here what the earlier ones would have left.
 */
export class Rehearsal {
  private readonly states = new Map<number, ContactState>();
  private readonly logins = new Map<number, LoginState>();
  /** Holders of the emails that changed hands, by key; null: nobody. */
  private readonly holders = new Map<string, number | null>();

  /** Notes what an item would have changed. */
  done(changes: readonly ContactChange[], login: LoginUpdate | undefined): void {
    for (const { after } of changes) this.states.set(after.id, after);
    if (!login) return;
    const { contactId, previousEmail } = login.change;
    if (previousEmail !== null) this.holders.set(loginEmailKey(previousEmail), null);
    this.holders.set(login.login.emailKey, contactId);
    this.logins.set(contactId, login.login);
  }

  /** A contact after the earlier items; undefined where they leave it as it is stored. */
  contact(contactId: number): ContactState | undefined {
    return this.states.get(contactId);
  }

  /** The login of a contact after the earlier items; undefined where they leave it as it is stored. */
  login(contactId: number): LoginState | undefined {
    return this.logins.get(contactId);
  }

  /** Contacts that would be primary in one of these companies. */
  primariesOf(companyIds: readonly number[]): number[] {
    const isPrimary = ({ companies }: ContactState) =>
      companies.some(({ id, is_primary }) => is_primary && companyIds.includes(id));
    return [...this.states.values()].filter(isPrimary).map(({ id }) => id);
  }

  /** What the database holds, with the emails that would have changed hands. */
  lookups(stored: PatchLookups): PatchLookups {
    const emailHolders = new Map(stored.emailHolders);
    for (const [key, holder] of this.holders) {
      if (holder === null) emailHolders.delete(key);
      else emailHolders.set(key, holder);
    }
    return { ...stored, emailHolders };
  }
}
