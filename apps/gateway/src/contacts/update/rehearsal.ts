import { foldCase, loginEmailKey, type TagSnapshot } from '#app/contracts';
import { isMadeUp } from '../../writes/event-preview.js';
import type { ContactChange } from '../contact.change.js';
import type { LoginState, LoginUpdate } from '../contact.login.js';
import type { CompanyOfContact } from '../contact.lookups.js';
import type { ContactState } from '../contact.state.js';
import type { TagLookup } from './decide-update.js';

/**
 * What the items of a batch's dry run would have changed so far. Each item is rolled back by itself, so that its locks end with it; the
 * next one finds here what the earlier ones would have left.
 */
export class Rehearsal {
  private readonly states = new Map<number, ContactState>();
  private readonly logins = new Map<number, LoginState>();
  /** Holders of the emails that changed hands, by key; null: nobody. */
  private readonly holders = new Map<string, number | null>();
  /** Tags that would have been made, by folded name. */
  private readonly tags = new Map<string, TagSnapshot>();

  /** Notes what an item would have changed. */
  done(changes: readonly ContactChange[], login: LoginUpdate | undefined): void {
    for (const { after } of changes) {
      this.states.set(after.id, after);
      for (const tag of after.tags) if (isMadeUp(tag.id)) this.tags.set(foldCase(tag.name), tag);
    }
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

  /** The tags that an item names: one that an earlier item would have made keeps its spelling. */
  tagsAmong(named: TagLookup): TagLookup {
    return new Map([...named].map(([key, tag]) => [key, isMadeUp(tag.id) ? (this.tags.get(key) ?? tag) : tag]));
  }

  /** Companies with the positions that the earlier items would have left. */
  companies(contactId: number, stored: readonly CompanyOfContact[]): CompanyOfContact[] | undefined {
    const ids = this.states.get(contactId)?.companies.map(({ id }) => id);
    return ids && stored.map((company) => ({ ...company, position: ids.includes(company.id) ? ids.indexOf(company.id) : null }));
  }

  /** Who holds an email, with the emails that would have changed hands. */
  emailHolders(stored: ReadonlyMap<string, number>): Map<string, number> {
    const emailHolders = new Map(stored);
    for (const [key, holder] of this.holders) {
      if (holder === null) emailHolders.delete(key);
      else emailHolders.set(key, holder);
    }
    return emailHolders;
  }
}
