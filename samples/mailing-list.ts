import { decodeRecord, matchEvent } from '@contact-sync/contracts';
import type { ContactSnapshot, ContactSyncEvent, ReceivedRecord } from '@contact-sync/contracts';

/** Somebody who can be written to. */
export interface Member {
  name: string;
  email: string;
}

type ContactEvent = ContactSyncEvent<'ContactCreated' | 'ContactUpdated' | 'ContactDeleted'>;

const isContactEvent = (event: ContactSyncEvent): event is ContactEvent => event.name !== 'PortalLoginChanged';

/**
 * A projection of the contacts topic: who can be written to, by contact id.
 *
 * Whatever comes, however often, from wherever it begins: of each contact the greatest version wins. Kept in a database, the version
 * and what it led to belong into one transaction.
 */
export class MailingList {
  readonly members = new Map<number, Member>();
  /** A deleted contact keeps its version, or a late repetition would bring it back. */
  private readonly versions = new Map<number, number>();

  /**
   * Takes a record as it comes from the topic.
   * @throws what {@link decodeRecord} throws: such a record is kept aside by whoever runs this, or stops them
   */
  apply(record: ReceivedRecord): void {
    const decoded = decodeRecord(record);
    // Events that this release of the contract does not have are for others.
    if (decoded.kind !== 'event' || !isContactEvent(decoded.event)) return;
    const { event } = decoded;
    this.take(event.data.contact_id, event.data.version, () =>
      matchEvent(event, {
        ContactCreated: ({ data }) => memberOf(data.contact),
        ContactUpdated: ({ data }) => memberOf(data.contact),
        ContactDeleted: () => undefined,
      }),
    );
  }

  /** Takes a contact as the HTTP API shows it, to start from zero. */
  seed(contact: ContactSnapshot): void {
    this.take(Number(contact.id), contact.version, () => memberOf(contact));
  }

  private take(contactId: number, version: number, read: () => Member | undefined): void {
    if (version <= (this.versions.get(contactId) ?? 0)) return;
    const member = read();
    if (member) this.members.set(contactId, member);
    else this.members.delete(contactId);
    this.versions.set(contactId, version);
  }
}

const memberOf = ({ full_name, email }: ContactSnapshot): Member | undefined =>
  email === null ? undefined : { name: full_name ?? '', email };
