import { tombstoneAfter, type EventRecord } from '../event.codec.js';
import { EVENT_EXAMPLES } from '../event.examples.js';
import type { ContactSyncEvent } from '../events.js';
import type { PortalLoginChange, PortalLoginChanged } from '../portal-login.events.js';
import type { EventMetadata } from './contact.builders.js';
import { nextAttributes, nextContactId, nextEventId, nextPosition } from './event.numbers.js';

/** A login's own fields. */
export interface LoginFields {
  email?: string;
  /** Sealed if the auth app should open it. The default has the right form but can't be opened. */
  credential?: string;
  /** Derived from the differences unless given: a new password may equal the old one. */
  changes?: PortalLoginChange[];
}

type LoginEvent = ContactSyncEvent<'PortalLoginChanged'>;

/**
 * A created or changed login: one version after the given event, with a later position than all built before, and with a
 * new contact unless one is given.
 */
export function aPortalLoginChanged(
  { contact_id, changes, ...fields }: LoginFields & { contact_id?: number } = {},
  { after, ...metadata }: EventMetadata & { after?: LoginEvent } = {},
): LoginEvent {
  const id = after?.data.contact_id ?? contact_id ?? nextContactId();
  const former = after?.data.email == null ? undefined : after.data;
  const { email = former?.email ?? `contact-${id}@acme.example` } = fields;
  const { credential = former?.credential ?? EVENT_EXAMPLES.PortalLoginChanged.data.credential } = fields;
  return loginEvent(after, metadata, {
    contact_id: id,
    changes: changes ?? changesBetween(former, { email, credential }),
    email,
    previous_email: former && former.email !== email ? former.email : null,
    credential,
  });
}

/** A removed login; {@link aTombstone} follows it. */
export function aPortalLoginRemoved({
  after = aPortalLoginChanged(),
  ...metadata
}: EventMetadata & { after?: LoginEvent } = {}): LoginEvent {
  const nothing = { email: null, previous_email: null, credential: null };
  return loginEvent(after, metadata, { contact_id: after.data.contact_id, changes: ['removed'], ...nothing });
}

/** The record without a value that follows a removal. */
export const aTombstone = (removal: LoginEvent = aPortalLoginRemoved()): EventRecord => tombstoneAfter(removal, nextEventId());

const loginEvent = (
  after: LoginEvent | undefined,
  metadata: EventMetadata,
  data: Omit<PortalLoginChanged, 'version' | 'position'>,
): LoginEvent => ({
  ...nextAttributes(metadata),
  name: 'PortalLoginChanged',
  data: { ...data, version: (after?.data.version ?? 0) + 1, position: nextPosition() },
});

type LoginState = Pick<PortalLoginChanged, 'email' | 'credential'>;

function changesBetween(former: LoginState | undefined, { email, credential }: LoginState): PortalLoginChange[] {
  if (!former) return ['created'];
  return [
    ...(former.email === email ? [] : (['email'] as const)),
    ...(former.credential === credential ? [] : (['password'] as const)),
  ];
}
