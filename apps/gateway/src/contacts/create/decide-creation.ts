import type { ContactSnapshot } from '#app/contracts';
import type { OutboxDraft } from '#app/messaging';
import { contactCreated, portalLoginEvents, type EventOrigin } from '../contact.events.js';
import { loginAfter, type LoginUpdate } from '../contact.login.js';
import { TEXT_FIELDS, type ContactPatch, type TextField } from '../contact.patch.js';
import { snapshotOf } from '../contact.snapshot.js';
import type { ContactState } from '../contact.state.js';
import { applyPatch, type TagLookup } from '../update/decide-update.js';

interface Creation {
  contactId: number;
  /** The database's clock, RFC 3339. */
  at: string;
  patch: ContactPatch;
  /** The password's hash, sealed; undefined without a password. */
  credential: string | undefined;
}

/** A new contact, by value. */
export interface CreatedContact {
  /** Without what its patch gives it. */
  before: ContactState;
  after: ContactState;
  snapshot: ContactSnapshot;
  login: LoginUpdate | undefined;
}

/** The contact that a patch without errors makes. No I/O. */
export function decideCreation(
  { contactId, at, patch, credential }: Creation,
  lookups: { companies: ReadonlyMap<number, string>; tags: TagLookup },
): CreatedContact {
  const before = blankContact(contactId, at);
  const patched = applyPatch(before, patch, lookups);
  const login = credential === undefined ? undefined : loginAfter(patched, undefined, credential);
  const after = login ? { ...patched, hasPortalLogin: true, loginVersion: login.change.version } : patched;
  return { before, after, snapshot: snapshotOf(after, after), login };
}

/** The events of a creation, in the order of publication. */
export function creationEvents({ after, snapshot, login }: CreatedContact, request: EventOrigin): OutboxDraft[] {
  const metadata = { at: after.createdAt, request };
  return [contactCreated(snapshot, metadata), ...(login ? portalLoginEvents(login.change, metadata) : [])];
}

const NO_TEXTS = Object.fromEntries(TEXT_FIELDS.map((field) => [field, null])) as Record<TextField, null>;

const blankContact = (id: number, at: string): ContactState => ({
  ...NO_TEXTS,
  id,
  version: 1,
  loginVersion: 0,
  hasPortalLogin: false,
  emailKey: null,
  createdAt: at,
  updatedAt: at,
  changedAt: at,
  companies: [],
  tags: [],
});
