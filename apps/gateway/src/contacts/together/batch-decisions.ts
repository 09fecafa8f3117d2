import type { OutboxDraft } from '#app/messaging';
import type { LockedCompanies } from '../../companies/company-locks.js';
import { permitsWrite } from '../../writes/version-condition.js';
import { VersionMismatch } from '../../writes/write.errors.js';
import { TimedOut, type Deadline } from '../../wire/deadline.js';
import { ValidationFailed } from '../../wire/validation.error.js';
import { eventsOf, type ContactChange } from '../contact.change.js';
import { contactErrorOf, ContactNotFound, EmailMoved } from '../contact.errors.js';
import { usableCompanies } from '../contact.lookups.js';
import { removalOf, type LoginState } from '../contact.login.js';
import { emailKeyOf, namedCompanies, type ContactPatch } from '../contact.patch.js';
import { patchErrors } from '../contact.rules.js';
import { movesMemberships, type ContactState } from '../contact.state.js';
import type { ReadContacts } from '../contact.store.js';
import type { Birth } from '../contact-writes.store.js';
import { NOBODY } from '../create/contact-creation.js';
import { creationEvents, decideCreation, type CreatedContact } from '../create/decide-creation.js';
import { deletionEvents } from '../delete/contact-deletion.js';
import type { DeletedContact } from '../delete/delete-contact.command.js';
import type { ReadLogins } from '../portal-login.store.js';
import { claimedEmailKey, decideUpdate, tagKeysOf, type TagLookup } from '../update/decide-update.js';
import { isHeldBy, type UpsertedEmails } from '../upsert/upserted-emails.js';
import { writtenBy, type WrittenContact } from '../written-contact.js';
import type { ContactJob, CreationJob, DeletionJob, Route, UpdateJob } from './contact-job.js';

/** The outcome of a write in a batch. */
export type BatchOutcome = { result: WrittenContact | DeletedContact } | { error: unknown } | { route: Route };

/** What the decisions of a batch need. */
export interface BatchLookups {
  contacts: ReadContacts;
  births: ReadonlyMap<CreationJob, Birth>;
  /** The companies of new contacts. */
  firstCompanies: LockedCompanies;
  logins: ReadLogins;
  tags: TagLookup;
  upserts: UpsertedEmails;
  /** The companies that moves name. */
  companies: LockedCompanies;
}

const NO_NAMES: ReadonlyMap<number, string> = new Map();

/** The decisions of one batch, in the order of its jobs: a later job sees what the earlier ones changed. */
export class BatchDecisions {
  readonly created: CreatedContact[] = [];
  readonly deleted: number[] = [];
  readonly removedLogins: number[] = [];
  /** New and changed logins, by contact. */
  readonly claims = new Map<number, LoginState>();
  /** The events, in their order. */
  readonly drafts: OutboxDraft[] = [];
  /** Of those whose writes are done. */
  readonly deadlines: Deadline[] = [];
  private readonly updated: ContactChange[] = [];
  private readonly states: Map<number, ContactState>;
  private readonly initial: ReadonlyMap<number, ContactState>;
  /** Contacts with a write that leaves this batch: their later writes leave it too, so that the order stays. */
  private readonly postponed: Set<number>;
  /** Keys of emails that changed hands in this batch: the constraint would see both claims at once. */
  private readonly movedKeys = new Set<string>();

  constructor(private readonly lookups: BatchLookups) {
    this.initial = lookups.contacts.locked;
    this.states = new Map(this.initial);
    this.postponed = new Set(lookups.contacts.lockedElsewhere);
  }

  /** One change per contact, however many updates it had. */
  changes(): ContactChange[] {
    const last = new Map(this.updated.map((change) => [change.after.id, change]));
    return [...last.values()].map((change) => ({ ...change, before: this.initial.get(change.after.id)! }));
  }

  decide(job: ContactJob): BatchOutcome {
    // Its caller has its answer: a late connection, or a late lock, changes nothing more.
    if (job.deadline.isOver) return { error: new TimedOut() };
    if (job.kind === 'creation') return this.create(job);
    if (this.postponed.has(job.contactId)) return { route: 'later' };
    const contact = this.states.get(job.contactId);
    return job.kind === 'update' ? this.update(job, contact) : this.remove(job, contact);
  }

  private update(job: UpdateJob, contact: ContactState | undefined): BatchOutcome {
    const { contactId, patch, credential, request, deadline, upsertKey } = job;
    if (upsertKey !== undefined) {
      if (!this.lookups.upserts.locked.has(upsertKey)) return this.postpone(contactId, 'later');
      if (contact?.emailKey !== upsertKey || !this.isHeldBy(upsertKey, contactId)) return { error: new EmailMoved() };
    }
    if (!contact) return { error: new ContactNotFound() };
    const key = claimedEmailKey(contact, patch);
    if (key !== null && this.movedKeys.has(key)) return this.postpone(contactId, 'later');
    if (!this.areKnown(patch.tags)) return this.postpone(contactId, 'alone');
    const companies = this.companiesFor(contact, patch);
    if (typeof companies === 'string') return this.postpone(contactId, companies);
    const { tags, logins } = this.lookups;
    const decision = decideUpdate(
      contact,
      { patch, credential, condition: request.condition },
      {
        companies,
        emailHolders: logins.holders,
        login: logins.byContact.get(contactId),
        tags,
      },
    );
    if ('error' in decision) return decision;
    const { change, login } = decision;
    if (login && this.hasOtherClaim(contactId, login.login)) return this.postpone(contactId, 'later');
    this.states.set(contactId, change.after);
    if (login) this.claim(contactId, login.login);
    this.updated.push(change);
    this.done(eventsOf(change, request), deadline);
    return { result: writtenBy(job, { contact: change.snapshot, loginVersion: change.after.loginVersion }) };
  }

  private create(job: CreationJob): BatchOutcome {
    const { patch, credential, request, deadline, upsertKey } = job;
    const { births, firstCompanies, logins, tags, upserts } = this.lookups;
    if (upsertKey !== undefined) {
      if (!upserts.locked.has(upsertKey) || this.isGiven(upsertKey)) return { route: 'later' };
      if (!this.isHeldBy(upsertKey, undefined)) return { error: new EmailMoved() };
    }
    const key = credential === undefined ? null : emailKeyOf(patch.email ?? null);
    if (key !== null && this.movedKeys.has(key)) return { route: 'later' };
    const companies = (namedCompanies(patch) ?? []).flatMap((id) => firstCompanies.locked.get(id) ?? []);
    const isKnown = (id: number): boolean => firstCompanies.locked.has(id) || firstCompanies.missing.has(id);
    if (!this.areKnown(patch.tags) || namedCompanies(patch)?.every(isKnown) === false) return { route: 'alone' };
    const names = usableCompanies(
      companies.map((company) => ({ ...company, position: null })),
      patch,
    );
    const errors = patchErrors(NOBODY, patch, { companies: names, emailHolders: logins.holders });
    if (Object.keys(errors).length > 0) return { error: contactErrorOf(errors) };
    const { id: contactId, at } = births.get(job)!;
    const created = decideCreation({ contactId, at, patch, credential }, { companies: names, tags });
    if (created.login) this.claim(contactId, created.login.login);
    this.created.push(created);
    this.done(creationEvents(created, request), deadline);
    return { result: writtenBy(job, { contact: created.snapshot, loginVersion: created.after.loginVersion }) };
  }

  private remove({ contactId, request, deadline }: DeletionJob, contact: ContactState | undefined): BatchOutcome {
    if (!contact) return { error: new ContactNotFound() };
    // The answers and events of its other writes in this batch are stored after the deletion would have erased them.
    if (this.updated.some(({ after }) => after.id === contactId)) return this.postpone(contactId, 'later');
    const { errors, condition } = request;
    if (Object.keys(errors).length > 0) return { error: new ValidationFailed(errors) };
    if (condition && !permitsWrite(condition, contact.version)) return { error: new VersionMismatch() };
    const removal = removalOf(contact);
    if (removal) {
      this.removedLogins.push(contactId);
      this.movedKeys.add(emailKeyOf(contact.email)!);
    }
    this.states.delete(contactId);
    this.deleted.push(contactId);
    this.done(deletionEvents(contact, removal, request), deadline);
    return { result: { loginVersion: removal?.version ?? contact.loginVersion } };
  }

  private done(drafts: readonly OutboxDraft[], deadline: Deadline): void {
    this.drafts.push(...drafts);
    this.deadlines.push(deadline);
  }

  /** Whether this contact, and no other one, has an email; without a contact, whether none has it. */
  private isHeldBy(emailKey: string, contactId: number | undefined): boolean {
    return isHeldBy(this.lookups.upserts.holders.get(emailKey)!, contactId);
  }

  /** Whether an earlier write of this batch gives a contact this email. */
  private isGiven(emailKey: string): boolean {
    return [...this.created, ...this.updated].some(({ after }) => after.emailKey === emailKey);
  }

  /** The names of the companies that a patch can name; where they are not locked, the update's way. */
  private companiesFor(contact: ContactState, patch: ContactPatch): ReadonlyMap<number, string> | Route {
    const named = namedCompanies(patch);
    if (named === undefined && patch.isPrimary !== true) return NO_NAMES;
    if (!movesMemberships(contact, patch)) return new Map(contact.companies.map(({ id, name }) => [id, name]));
    if (named === undefined || patch.isPrimary === true) return 'alone';
    const { locked, missing } = this.lookups.companies;
    if (named.some((id) => !locked.has(id) && !missing.has(id))) return 'later';
    const positions = new Map(contact.companies.map(({ id }, position) => [id, position]));
    const existing = named.flatMap((id) => locked.get(id) ?? []);
    return usableCompanies(
      existing.map((company) => ({ ...company, position: positions.get(company.id) ?? null })),
      patch,
    );
  }

  private areKnown(tags: readonly string[] | undefined): boolean {
    return !tags || tagKeysOf(tags).every((key) => this.lookups.tags.has(key));
  }

  private postpone(contactId: number, route: Route): BatchOutcome {
    this.postponed.add(contactId);
    return { route };
  }

  /** A batch writes one claim a contact: an event of one that is never written could take the email from another login. */
  private hasOtherClaim(contactId: number, { emailKey }: LoginState): boolean {
    const claim = this.claims.get(contactId);
    return claim !== undefined && claim.emailKey !== emailKey;
  }

  private claim(contactId: number, login: LoginState): void {
    const { byContact, holders } = this.lookups.logins;
    const former = byContact.get(contactId);
    if (former && former.emailKey !== login.emailKey) this.movedKeys.add(former.emailKey);
    holders.set(login.emailKey, contactId);
    byContact.set(contactId, login);
    this.claims.set(contactId, login);
  }
}
