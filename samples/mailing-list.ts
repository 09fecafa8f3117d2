import { decodeRecord, matchEvent } from '@contact-sync/contracts';
import type { ContactSnapshot, ContactSyncEvent, ReceivedRecord } from '@contact-sync/contracts';

/** A contact with an email. */
export interface Member {
  name: string;
  email: string;
}

type ContactEvent = ContactSyncEvent<'ContactCreated' | 'ContactUpdated' | 'ContactDeleted'>;

const CONTACT_EVENTS: readonly string[] = ['ContactCreated', 'ContactUpdated', 'ContactDeleted'];

const isContactEvent = (event: ContactSyncEvent): event is ContactEvent => CONTACT_EVENTS.includes(event.name);

/**
 * A projection of the contacts topic: contacts with an email, by contact id.
 *
 * The greatest version of each contact wins, whatever records come, how often, and from which start. A database stores the
 * version and the member in one transaction.
 */
export class MailingList {
  readonly members = new Map<number, Member>();
  /** A deleted contact keeps its version, so that a late repetition does not bring it back. */
  private readonly versions = new Map<number, number>();

  /**
   * Takes a record from the topic.
   * @throws what {@link decodeRecord} throws: the caller stores such a record elsewhere, or stops
   */
  apply(record: ReceivedRecord): void {
    const decoded = decodeRecord(record);
    // The list skips events that this release of the contract does not have.
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

  /** Takes a contact from the HTTP API, to start from zero. */
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
