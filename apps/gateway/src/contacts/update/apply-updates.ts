import type { EntityManager } from '@mikro-orm/postgresql';
import { permitsWrite } from '../../writes/version-condition.js';
import { VersionMismatch } from '../../writes/write.errors.js';
import type { WriteUnit } from '../../writes/write-unit.js';
import type { Outcome } from '../../writes/writes.js';
import { ContactCompany } from '../contact-company.entity.js';
import { concludeDrafts, demotePrimaries, type Draft } from '../contact-drafts.js';
import { emailHolders, namedCompaniesOf, namedTags } from '../contact-facts.js';
import { lockCompanies, lockContacts, primaryContactsOf } from '../contact-locks.js';
import { followWithLogin } from '../contact-login.js';
import type { Contact } from '../contact.entity.js';
import { contactErrorOf, ContactNotFound, EmailMoved, PlacesMoved } from '../contact.errors.js';
import { namedCompanies, touchesParts } from '../contact.patch.js';
import { refusalsOf } from '../contact.refusals.js';
import { snapshotOf } from '../contact.snapshot.js';
import type { WrittenContact } from '../written-contact.js';
import type { UpdateJob } from './contact-updates.js';
import { roundsOf } from './update-rounds.js';

/** The update takes or leaves a place or a primary flag: its companies are locked first, in a transaction of its own. */
export class NeedsCompanies extends Error {}

/** Applies updates that move no contact, each with an outcome of its own. */
export async function applyTogether(unit: WriteUnit, jobs: UpdateJob[]): Promise<Outcome<WrittenContact>[]> {
  const touched = new Set(jobs.filter(({ patch }) => touchesParts(patch)).map(({ contactId }) => contactId));
  const ids = [...new Set(jobs.map(({ contactId }) => contactId))];
  const contacts = await lockContacts(unit.em, ids, (id) => touched.has(id));
  const outcomes = new Map<UpdateJob, Outcome<WrittenContact>>();
  for (const round of roundsOf(jobs)) {
    const entries = round.map((job) => judge(job, contacts));
    const applied = await apply(unit, entries, []);
    round.forEach((job, index) => outcomes.set(job, applied[index]!));
  }
  return jobs.map((job) => outcomes.get(job)!);
}

/** Applies one update, whatever it moves. */
export async function applyUpdate(unit: WriteUnit, job: UpdateJob): Promise<WrittenContact> {
  const { contactId, patch } = job;
  const companyIds = await concernedCompanies(unit.em, job);
  await lockCompanies(unit.em, companyIds);
  const primaries = patch.isPrimary === true ? await primaryContactsOf(unit.em, companyIds) : [];
  const contacts = await lockContacts(unit.em, [contactId, ...primaries]);
  const contact = contacts.get(contactId);
  if (job.expectedEmailKey !== undefined && contact?.emailKey !== job.expectedEmailKey) throw new EmailMoved();
  if (!contact) throw new ContactNotFound();
  if (namedCompanies(patch) === undefined && contact.mainCompanyId() !== companyIds[0]) throw new PlacesMoved();
  contacts.delete(contactId);
  const [outcome] = await apply(unit, [{ job, contact }], [...contacts.values()]);
  if ('error' in outcome!) throw outcome.error;
  return outcome!.result;
}

/** Ids of the companies whose places or primary contact the update can change: read without a lock, checked under it. */
export async function concernedCompanies(em: EntityManager, { contactId, patch }: UpdateJob): Promise<number[]> {
  const named = namedCompanies(patch);
  if (named) return named;
  const where = { contact: contactId };
  const [main] = await em.find(ContactCompany, where, { orderBy: { position: 'asc' }, limit: 1, disableIdentityMap: true });
  return main ? [main.company.id] : [];
}

interface Accepted {
  job: UpdateJob;
  contact: Contact;
}
type Judged = Accepted | { error: unknown };

const isAccepted = (entry: Judged): entry is Accepted => !('error' in entry);

function judge(job: UpdateJob, contacts: ReadonlyMap<number, Contact>): Judged {
  const contact = contacts.get(job.contactId);
  if (!contact) return { error: new ContactNotFound() };
  return contact.movesPlaces(job.patch) ? { error: new NeedsCompanies() } : { job, contact };
}

/** Refuses or applies each job; `formerPrimaries` lose their flag where the one job takes it. */
async function apply(unit: WriteUnit, entries: Judged[], formerPrimaries: Contact[]): Promise<Outcome<WrittenContact>[]> {
  const judged = await refuse(unit, entries);
  const accepted = judged.filter(isAccepted);
  const demoted = await demote(unit, accepted, formerPrimaries);
  const written = new Map<Judged, Draft>();
  const patches = accepted.map(({ job }) => job.patch);
  const companies = await namedCompaniesOf(unit.em, patches);
  const tagsOf = await namedTags(unit, patches);
  for (const entry of accepted) {
    const { job, contact } = entry;
    const before = snapshotOf(contact);
    contact.applyPatch(job.patch, { companies, tags: tagsOf(job.patch) });
    const login = await followWithLogin(unit.em, contact, job.patch, job.credential);
    written.set(entry, { contact, before, request: job.request, login });
  }
  await unit.record(concludeDrafts([...demoted, ...written.values()]));
  return judged.map((entry) => ('error' in entry ? entry : { result: resultOf(written.get(entry)!) }));
}

/** Holds each job against the rules, before anything is changed. */
async function refuse({ em }: WriteUnit, entries: Judged[]): Promise<Judged[]> {
  const claims = entries.filter(isAccepted).map(({ job, contact }) => ({ contact, patch: job.patch }));
  const takenEmails = await emailHolders(em, claims);
  const companies = await namedCompaniesOf(
    em,
    claims.map(({ patch }) => patch),
  );
  return entries.map((entry) => {
    if (!isAccepted(entry)) return entry;
    const { job, contact } = entry;
    const refusals = refusalsOf(contact, job.patch, { companies, takenEmails });
    if (Object.keys(refusals).length > 0) return { error: contactErrorOf(refusals) };
    const { ifMatch } = job.request;
    return ifMatch && !permitsWrite(ifMatch, contact.version) ? { error: new VersionMismatch() } : entry;
  });
}

async function demote(unit: WriteUnit, [accepted]: Accepted[], formerPrimaries: Contact[]): Promise<Draft[]> {
  if (!accepted || formerPrimaries.length === 0) return [];
  const { request, patch } = accepted.job;
  const drafts = formerPrimaries.map((contact) => ({ contact, before: snapshotOf(contact), request }));
  await demotePrimaries(unit, formerPrimaries, accepted.contact.flaggedCompanies(patch));
  return drafts;
}

const resultOf = ({ contact, after, before }: Draft): WrittenContact => ({
  contact: after ?? before,
  loginVersion: contact.loginVersion,
});
