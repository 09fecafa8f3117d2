import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Outbox, OutboxRelay } from '@app/messaging';
import { constraintOf, inTransaction } from '@app/postgres';
import type { RequestMeta } from '../../http/request-meta.js';
import { ContactCompany } from '../contact-company.entity.js';
import {
  concludeDrafts,
  demotePrimaries,
  emailHolders,
  followWithLogin,
  lockCompanies,
  lockContacts,
  namedCompaniesOf,
  namedTags,
  primaryContactsOf,
  writeWithEvents,
  type Draft,
} from '../contact-changes.js';
import type { Contact } from '../contact.entity.js';
import { ContactNotFound, ContactRefused, LoginEmailTaken, PlacesMoved } from '../contact.errors.js';
import { namedCompanies, touchesParts, type ContactPatch } from '../contact.patch.js';
import { refusalsOf } from '../contact.refusals.js';
import { snapshotOf } from '../contact.snapshot.js';
import { LOGIN_EMAIL_CONSTRAINT } from '../portal-login.entity.js';
import type { WrittenContact } from './update-contact.command.js';
import { roundsOf } from './update-rounds.js';
import { UpdateGroups, withinDeadline, type Outcome } from './update-groups.js';

/** One update, ready for its transaction. */
export interface UpdateJob {
  contactId: number;
  patch: ContactPatch;
  request: RequestMeta;
  /** The new password's hash, sealed; undefined where none was given. */
  credential: string | undefined;
}

/** The update takes or leaves a place or a primary flag: its companies are locked first, in a transaction of its own. */
class NeedsCompanies extends Error {}

/** Applies updates, concurrent ones together: one locked select, one write, one outbox insert and one commit for all. */
@Injectable()
export class ContactUpdates {
  private readonly groups = new UpdateGroups<UpdateJob, WrittenContact>((jobs) => this.run((em) => this.applyTogether(em, jobs)));

  constructor(
    private readonly em: EntityManager,
    private readonly outbox: Outbox,
    private readonly relay: OutboxRelay,
  ) {}

  /** @throws {ContactNotFound} @throws {ContactRefused} @throws {UpdateTimedOut} */
  async submit(job: UpdateJob): Promise<WrittenContact> {
    try {
      return await this.groups.submit(job.contactId, job);
    } catch (error) {
      if (!(error instanceof NeedsCompanies)) throw error;
      return await withinDeadline(this.run((em) => this.applyWithCompanies(em, job)));
    }
  }

  private async run<T>(work: (em: EntityManager) => Promise<T>): Promise<T> {
    try {
      const result = await inTransaction(this.em, work);
      this.relay.wake();
      return result;
    } catch (error) {
      // Two claims on one email raced: the constraint has decided, and the transaction is over.
      throw constraintOf(error) === LOGIN_EMAIL_CONSTRAINT ? new LoginEmailTaken() : error;
    }
  }

  private async applyTogether(em: EntityManager, jobs: UpdateJob[]): Promise<Outcome<WrittenContact>[]> {
    const touched = new Set(jobs.filter(({ patch }) => touchesParts(patch)).map(({ contactId }) => contactId));
    const ids = [...new Set(jobs.map(({ contactId }) => contactId))];
    const contacts = await lockContacts(em, ids, (id) => touched.has(id));
    const outcomes = new Map<UpdateJob, Outcome<WrittenContact>>();
    for (const round of roundsOf(jobs)) {
      const applied = await this.apply(
        em,
        round.map((job) => judge(job, contacts)),
        [],
      );
      round.forEach((job, index) => outcomes.set(job, applied[index]!));
    }
    return jobs.map((job) => outcomes.get(job)!);
  }

  private async applyWithCompanies(em: EntityManager, job: UpdateJob): Promise<WrittenContact> {
    const { contactId, patch } = job;
    const [main] = await em.find(
      ContactCompany,
      { contact: contactId },
      { orderBy: { position: 'asc' }, limit: 1, disableIdentityMap: true },
    );
    const companyIds = namedCompanies(patch) ?? (main ? [main.company.id] : []);
    await lockCompanies(em, companyIds);
    const primaries = patch.isPrimary === true ? await primaryContactsOf(em, companyIds) : [];
    const contacts = await lockContacts(em, [contactId, ...primaries]);
    const contact = contacts.get(contactId);
    if (!contact) throw new ContactNotFound();
    if (namedCompanies(patch) === undefined && contact.mainCompanyId() !== companyIds[0]) throw new PlacesMoved();
    contacts.delete(contactId);
    const [outcome] = await this.apply(em, [{ job, contact }], [...contacts.values()]);
    if ('error' in outcome!) throw outcome.error;
    return outcome!.result;
  }

  /** Refuses or applies each job; `formerPrimaries` lose their flag where the one job takes it. */
  private async apply(em: EntityManager, entries: Judged[], formerPrimaries: Contact[]): Promise<Outcome<WrittenContact>[]> {
    const judged = await refuse(em, entries);
    const accepted = judged.filter(isAccepted);
    const demoted = await this.demote(em, accepted, formerPrimaries);
    const written = new Map<Judged, Draft>();
    const patches = accepted.map(({ job }) => job.patch);
    const companies = await namedCompaniesOf(em, patches);
    const tagsOf = await namedTags(em, patches);
    for (const entry of accepted) {
      const { job, contact } = entry;
      const before = snapshotOf(contact);
      contact.applyPatch(job.patch, { companies, tags: tagsOf(job.patch) });
      const login = await followWithLogin(em, contact, job.patch, job.credential);
      written.set(entry, { contact, before, request: job.request, login });
    }
    await writeWithEvents(em, this.outbox, concludeDrafts([...demoted, ...written.values()]));
    return judged.map((entry) => ('error' in entry ? entry : { result: resultOf(written.get(entry)!) }));
  }

  private async demote(em: EntityManager, [accepted]: Accepted[], formerPrimaries: Contact[]): Promise<Draft[]> {
    if (!accepted || formerPrimaries.length === 0) return [];
    const { request, patch } = accepted.job;
    const drafts = formerPrimaries.map((contact) => ({ contact, before: snapshotOf(contact), request }));
    await demotePrimaries(em, formerPrimaries, accepted.contact.flaggedCompanies(patch));
    return drafts;
  }
}

const resultOf = ({ contact, after, before }: Draft): WrittenContact => ({
  contact: after ?? before,
  loginVersion: contact.loginVersion,
});

interface Accepted {
  job: UpdateJob;
  contact: Contact;
}
type Judged = Accepted | { error: unknown };

function judge(job: UpdateJob, contacts: ReadonlyMap<number, Contact>): Judged {
  const contact = contacts.get(job.contactId);
  if (!contact) return { error: new ContactNotFound() };
  return contact.movesPlaces(job.patch) ? { error: new NeedsCompanies() } : { job, contact };
}

const isAccepted = (entry: Judged): entry is Accepted => !('error' in entry);

/** Holds each job against the rules, before anything is changed. */
async function refuse(em: EntityManager, entries: Judged[]): Promise<Judged[]> {
  const claims = entries.filter(isAccepted).map(({ job, contact }) => ({ contact, patch: job.patch }));
  const takenEmails = await emailHolders(em, claims);
  const companies = await namedCompaniesOf(
    em,
    claims.map(({ patch }) => patch),
  );
  return entries.map((entry) => {
    if (!isAccepted(entry)) return entry;
    const refusals = refusalsOf(entry.contact, entry.job.patch, { companies, takenEmails });
    return Object.keys(refusals).length > 0 ? { error: new ContactRefused(refusals) } : entry;
  });
}
