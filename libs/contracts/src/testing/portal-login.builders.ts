import { tombstoneAfter, type EventRecord } from '../event.codec.js';
import { EVENT_EXAMPLES } from '../event.examples.js';
import type { ContactSyncEvent } from '../events.js';
import type { PortalLoginChange, PortalLoginChanged } from '../portal-login.events.js';
import type { Occasion } from './contact.builders.js';
import { nextAttributes, nextContactId, nextEventId, nextPosition } from './event.numbers.js';

/** What a login itself has. */
export interface LoginFields {
  email?: string;
  /** Sealed, where the auth app is to open it; unless one is given it has the form of one and opens for nobody. */
  credential?: string;
  /** Worked out from what differs, unless they are given: a password that is set again may be the same. */
  changes?: PortalLoginChange[];
}

type LoginEvent = ContactSyncEvent<'PortalLoginChanged'>;

/**
 * A login that is made or changed: one version after the event that is given, a later position than all built before, and a
 * contact of its own unless one is given.
 */
export function aPortalLoginChanged(
  { contact_id, changes, ...fields }: LoginFields & { contact_id?: number } = {},
  { after, ...occasion }: Occasion & { after?: LoginEvent } = {},
): LoginEvent {
  const id = after?.data.contact_id ?? contact_id ?? nextContactId();
  const former = after?.data.email == null ? undefined : after.data;
  const { email = former?.email ?? `contact-${id}@acme.example` } = fields;
  const { credential = former?.credential ?? EVENT_EXAMPLES.PortalLoginChanged.data.credential } = fields;
  return loginEvent(after, occasion, {
    contact_id: id,
    changes: changes ?? changesBetween(former, { email, credential }),
    email,
    previous_email: former && former.email !== email ? former.email : null,
    credential,
  });
}

/** A login that is removed; {@link aTombstone} is what follows it. */
export function aPortalLoginRemoved({
  after = aPortalLoginChanged(),
  ...occasion
}: Occasion & { after?: LoginEvent } = {}): LoginEvent {
  const nothing = { email: null, previous_email: null, credential: null };
  return loginEvent(after, occasion, { contact_id: after.data.contact_id, changes: ['removed'], ...nothing });
}

/** The record without a value that follows a removal. */
export const aTombstone = (removal: LoginEvent = aPortalLoginRemoved()): EventRecord => tombstoneAfter(removal, nextEventId());

const loginEvent = (
  after: LoginEvent | undefined,
  occasion: Occasion,
  data: Omit<PortalLoginChanged, 'version' | 'position'>,
): LoginEvent => ({
  ...nextAttributes(occasion),
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
