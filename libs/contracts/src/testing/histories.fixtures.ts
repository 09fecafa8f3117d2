import fc from 'fast-check';
import type { ContactSyncEvent } from '../events.js';
import {
  aCompanyCreated,
  aCompanyDeleted,
  aCompanyUpdated,
  aContactCreated,
  aContactDeleted,
  aContactUpdated,
  aPortalLoginChanged,
  aPortalLoginRemoved,
  aTombstone,
  type CompanyState,
  type ContactState,
  type HistoryEntry,
} from './index.js';

/** An action on a contact (1 to 5) or a company (6 and 7). */
interface Deed {
  id: number;
  does: 'rename' | 'move' | 'set a password' | 'remove the login' | 'delete';
}

const deeds = fc.array(
  fc.record<Deed>({
    id: fc.integer({ min: 1, max: 7 }),
    does: fc.constantFrom('rename', 'move', 'set a password', 'remove the login', 'delete'),
  }),
  { maxLength: 30 },
);

/** A contact and its login, made by the builders. */
class Story {
  private contact: ContactState | undefined;
  private login: ContactSyncEvent<'PortalLoginChanged'> | undefined;
  private isOver = false;

  constructor(
    private readonly contactId: number,
    private readonly tell: (...entries: HistoryEntry[]) => void,
  ) {}

  do(does: Deed['does']): void {
    if (this.isOver) return;
    if (!this.contact) this.tell((this.contact = aContactCreated({ contact_id: this.contactId })));
    else if (does === 'rename') this.change({ first_name: `John ${this.contact.data.version}` });
    else if (does === 'move') this.change({ email: this.contact.data.version % 3 === 0 ? null : `${this.contact.id}@x.io` });
    else if (does === 'set a password') this.setPassword();
    else this.end(does === 'delete');
  }

  private change(fields: { first_name: string } | { email: string | null }): void {
    this.tell((this.contact = aContactUpdated(fields, { after: this.contact! })));
  }

  private setPassword(): void {
    const after = this.login && { after: this.login };
    const credential = `e.y.J.${after?.after.data.version ?? 0}`;
    this.tell((this.login = aPortalLoginChanged({ contact_id: this.contactId, credential }, after)));
  }

  private end(isDeletion: boolean): void {
    if (this.login?.data.email != null) {
      this.login = aPortalLoginRemoved({ after: this.login });
      this.tell(this.login, aTombstone(this.login));
    }
    if (!isDeletion) return;
    this.tell(aContactDeleted({ after: this.contact! }));
    this.isOver = true;
  }
}

/** A company, made by the builders; it is never deleted and created again. */
class CompanyStory {
  private company: CompanyState | undefined;
  private isOver = false;

  constructor(
    private readonly companyId: number,
    private readonly tell: (...entries: HistoryEntry[]) => void,
  ) {}

  do(does: Deed['does']): void {
    if (this.isOver) return;
    if (!this.company) this.tell((this.company = aCompanyCreated({ company_id: this.companyId })));
    else if (does !== 'delete') this.tell((this.company = aCompanyUpdated({}, { after: this.company })));
    else {
      this.tell(aCompanyDeleted({ after: this.company }));
      this.isOver = true;
    }
  }
}

/** Histories of a few contacts and two companies, made by the builders: created, changed, with and without logins, deleted. */
export const histories: fc.Arbitrary<HistoryEntry[]> = deeds.map((done) => {
  const entries: HistoryEntry[] = [];
  const tell = (...more: HistoryEntry[]): void => void entries.push(...more);
  const stories = [
    ...[1, 2, 3, 4, 5].map((contactId) => new Story(contactId, tell)),
    ...[6, 7].map((companyId) => new CompanyStory(companyId, tell)),
  ];
  for (const { id, does } of done) stories[id - 1]!.do(does);
  return entries;
});
