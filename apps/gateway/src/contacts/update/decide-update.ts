import { byTagName, foldCase, loginEmailKey, type TagSnapshot } from '#app/contracts';
import { permitsWrite, type WriteCondition } from '../../writes/version-condition.js';
import { VersionMismatch } from '../../writes/write.errors.js';
import { changeOf, type ContactChange } from '../contact.change.js';
import { contactErrorOf } from '../contact.errors.js';
import { concernsLogin, loginAfter, type LoginState, type LoginUpdate } from '../contact.login.js';
import { emailKeyOf, TEXT_FIELDS, type ContactPatch } from '../contact.patch.js';
import { patchErrors, type PatchLookups } from '../contact.rules.js';
import { membershipsAfter, type ContactState } from '../contact.state.js';

/** Tags by the folded names that a patch can give them. */
export type TagLookup = ReadonlyMap<string, TagSnapshot>;

/** The lookups of an update, besides the contact. */
interface UpdateLookups extends PatchLookups {
  /** Everything that the patch names. */
  tags: TagLookup;
  /** The contact's login; not read if the patch cannot change it. */
  login: LoginState | undefined;
}

interface ContactUpdate {
  patch: ContactPatch;
  /** The new password's hash, sealed; undefined without a new password. */
  credential: string | undefined;
  condition: WriteCondition | undefined;
}

/** An error, or a change, which can be empty. */
type UpdateDecision = { error: Error } | { change: ContactChange; login: LoginUpdate | undefined };

/** Decides an update of a locked contact. No I/O: a batch of one and a batch of sixty-four decide alike. */
export function decideUpdate(contact: ContactState, update: ContactUpdate, lookups: UpdateLookups): UpdateDecision {
  const { patch, credential, condition } = update;
  const errors = patchErrors(contact, patch, lookups);
  if (Object.keys(errors).length > 0) return { error: contactErrorOf(errors) };
  if (condition && !permitsWrite(condition, contact.version)) return { error: new VersionMismatch() };
  const patched = applyPatch(contact, patch, lookups);
  const login = concernsLogin(contact, patch) ? loginAfter(patched, lookups.login, credential) : undefined;
  const next = login ? { ...patched, hasPortalLogin: true, loginVersion: login.change.version } : patched;
  return { change: changeOf(contact, next, login?.change), login };
}

/** The contact after a patch's texts, memberships and tags. */
export function applyPatch(
  contact: ContactState,
  patch: ContactPatch,
  { companies, tags }: Pick<UpdateLookups, 'companies' | 'tags'>,
): ContactState {
  const next = { ...contact, companies: membershipsAfter(contact, patch, companies) };
  for (const field of TEXT_FIELDS) {
    const value = patch[field];
    if (value !== undefined) next[field] = value;
  }
  if (patch.email !== undefined && patch.email !== contact.email) next.emailKey = emailKeyOf(patch.email);
  if (patch.tags) next.tags = tagsAfter(contact, patch.tags, tags);
  return next;
}

/** The keys of these tag names, each once. */
export const tagKeysOf = (names: readonly string[]): string[] => [...new Set(names.map(foldCase))];

/** Known tags keep their spelling; an unchanged set keeps its array. */
function tagsAfter(contact: Pick<ContactState, 'tags'>, names: readonly string[], tags: TagLookup): readonly TagSnapshot[] {
  const current = new Map(contact.tags.map((tag) => [foldCase(tag.name), tag]));
  const keys = tagKeysOf(names);
  if (keys.length === current.size && keys.every((key) => current.has(key))) return contact.tags;
  return keys.map((key) => current.get(key) ?? tags.get(key)!).sort(byTagName);
}

/** The key of the email that an update claims for the contact's login; null if it claims none. */
export function claimedEmailKey(contact: Pick<ContactState, 'email' | 'hasPortalLogin'>, patch: ContactPatch): string | null {
  const email = patch.email === undefined ? contact.email : patch.email;
  return email !== null && concernsLogin(contact, patch) ? loginEmailKey(email) : null;
}
