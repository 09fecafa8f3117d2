import type { StatementTransaction } from '#app/postgres';
import { lockFreeCompanies, type LockedCompanies } from '../../companies/company-locks.js';
import { findTags } from '../../tags/tags.js';
import type { RefusedKeys } from '../../writes/idempotency-store.js';
import type { TogetherUnit } from '../../writes/write-unit.js';
import { TimedOut } from '../../wire/deadline.js';
import { endWaitsWith, limitFurtherWaits } from '../../writes/write-waits.js';
import { eventsOf, type ContactChange } from '../contact.change.js';
import { ContactNotFound } from '../contact.errors.js';
import { usableCompanies } from '../contact.lookups.js';
import type { LoginState } from '../contact.login.js';
import { emailKeyOf, namedCompanies, type ContactPatch } from '../contact.patch.js';
import { movesMemberships, type ContactState } from '../contact.state.js';
import { lockAndRead, sendChanges, type ReadContacts } from '../contact.store.js';
import { readLogins, sendLogins, type ReadLogins } from '../portal-login.store.js';
import type { WrittenContact } from '../written-contact.js';
import { claimedEmailKey, decideUpdate, tagKeysOf, type TagLookup } from './decide-update.js';
import type { Route, UpdateJob } from './update-job.js';

/** The outcome of an update in a batch. */
type BatchOutcome = { result: WrittenContact } | { error: unknown } | { route: Route };

/** Applies updates that take no primary flag and make no tag: one read, decisions without I/O, one write. Moves lock their companies too. */
export async function applyBatch(
  unit: TogetherUnit,
  jobs: readonly UpdateJob[],
  refusedKeys: Promise<RefusedKeys>,
): Promise<BatchOutcome[]> {
  const { transaction } = unit;
  const [lookups, refused] = await Promise.all([readLookups(transaction, jobs), refusedKeys]);
  const companies = await lockFreeCompanies(transaction, companiesOfMoves(jobs, lookups.contacts));
  const batch = new BatchDecisions({ ...lookups, companies });
  const outcomes = jobs.map((job) => (refused.has(job.request) ? { error: refused.get(job.request) } : batch.decide(job)));
  endWaitsWith(
    transaction,
    batch.decided.map(({ job }) => job.deadline),
  );
  // A claim on an email can have to wait.
  if (batch.claims.size > 0) void limitFurtherWaits(transaction);
  sendChanges(transaction, batch.changes());
  sendLogins(transaction, batch.claims);
  await unit.record(batch.decided.flatMap(({ change, job }) => eventsOf(change, job.request)));
  return outcomes;
}

interface BatchLookups {
  contacts: ReadContacts;
  logins: ReadLogins;
  tags: TagLookup;
  /** The companies that moves name. */
  companies: LockedCompanies;
}

/** Reads what the decisions need, in one round trip. */
async function readLookups(
  transaction: StatementTransaction,
  jobs: readonly UpdateJob[],
): Promise<Omit<BatchLookups, 'companies'>> {
  const withLogins = jobs.filter(({ patch }) => patch.email !== undefined || patch.password !== undefined);
  const emailKeys = withLogins.flatMap(({ patch }) => emailKeyOf(patch.email ?? null) ?? []);
  const [contacts, logins, tags] = await Promise.all([
    lockAndRead(transaction, [...new Set(jobs.map(({ contactId }) => contactId))]),
    readLogins(transaction, [...new Set(withLogins.map(({ contactId }) => contactId))], emailKeys),
    findTags(transaction, tagKeysOf(jobs.flatMap(({ patch }) => patch.tags ?? []))),
  ]);
  return { contacts, logins, tags };
}

/** Companies are locked only where memberships change: others need them too. */
function companiesOfMoves(jobs: readonly UpdateJob[], { locked }: ReadContacts): number[] {
  const moves = jobs.filter(({ contactId, patch }) => {
    const contact = locked.get(contactId);
    return contact && patch.isPrimary !== true && movesMemberships(contact, patch);
  });
  return [...new Set(moves.flatMap(({ patch }) => namedCompanies(patch) ?? []))];
}

const NO_NAMES: ReadonlyMap<number, string> = new Map();

/** The decisions of one batch, in the order of its jobs: a later job sees what the earlier ones changed. */
class BatchDecisions {
  readonly decided: { job: UpdateJob; change: ContactChange }[] = [];
  /** New and changed logins, by contact. */
  readonly claims = new Map<number, LoginState>();
  private readonly states: Map<number, ContactState>;
  private readonly initial: ReadonlyMap<number, ContactState>;
  /** Contacts with an update that leaves this batch: their later updates leave it too, so that the order stays. */
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
    const last = new Map(this.decided.map(({ change }) => [change.after.id, change]));
    return [...last.values()].map((change) => ({ ...change, before: this.initial.get(change.after.id)! }));
  }

  decide(job: UpdateJob): BatchOutcome {
    const { contactId, patch, credential, request, deadline } = job;
    // Its caller has its answer: a late connection, or a late lock, changes nothing more.
    if (deadline.isOver) return { error: new TimedOut() };
    if (this.postponed.has(contactId)) return { route: 'later' };
    const contact = this.states.get(contactId);
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
    this.decided.push({ job, change });
    return { result: { contact: change.snapshot, loginVersion: change.after.loginVersion } };
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
    if (former && former.emailKey !== login.emailKey) {
      holders.delete(former.emailKey);
      this.movedKeys.add(former.emailKey);
    }
    holders.set(login.emailKey, contactId);
    byContact.set(contactId, login);
    this.claims.set(contactId, login);
  }
}
