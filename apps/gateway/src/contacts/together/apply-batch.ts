import type { StatementTransaction } from '#app/postgres';
import { lockFreeCompanies, shareFreeCompanies } from '../../companies/company-locks.js';
import { findTags } from '../../tags/tags.js';
import type { RefusedKeys } from '../../writes/idempotency-store.js';
import { endWaitsWith, limitFurtherWaits } from '../../writes/write-waits.js';
import type { TogetherUnit } from '../../writes/write-unit.js';
import { emailKeyOf, namedCompanies } from '../contact.patch.js';
import { movesMemberships } from '../contact.state.js';
import { lockAndRead, type ReadContacts } from '../contact.store.js';
import { drawBirths, sendContacts, sendDeletions } from '../contact-writes.store.js';
import { eraseRemains } from '../delete/contact-remains.js';
import { readLogins, sendLoginRemovals, sendLogins } from '../portal-login.store.js';
import { tagKeysOf } from '../update/decide-update.js';
import { lockUpserts } from '../upsert/upserted-emails.js';
import { BatchDecisions, type BatchLookups, type BatchOutcome } from './batch-decisions.js';
import type { ContactJob, CreationJob } from './contact-job.js';

/** Writes contacts together: one read, decisions without I/O, one write. Moves lock their companies too. */
export async function applyBatch(
  unit: TogetherUnit,
  jobs: readonly ContactJob[],
  refusedKeys: Promise<RefusedKeys>,
): Promise<BatchOutcome[]> {
  const { transaction } = unit;
  const [lookups, refused] = await Promise.all([readLookups(transaction, jobs), refusedKeys]);
  const companies = await lockFreeCompanies(transaction, companiesOfMoves(jobs, lookups.contacts));
  const batch = new BatchDecisions({ ...lookups, companies });
  const outcomes = jobs.map((job) => (refused.has(job.request) ? { error: refused.get(job.request) } : batch.decide(job)));
  endWaitsWith(transaction, batch.deadlines);
  // A claim on an email can have to wait.
  if (batch.claims.size > 0) void limitFurtherWaits(transaction);
  sendContacts(transaction, { created: batch.created, changed: batch.changes() });
  sendLogins(transaction, batch.claims);
  sendLoginRemovals(transaction, batch.removedLogins);
  sendDeletions(transaction, batch.deleted);
  if (batch.deleted.length > 0) void eraseRemains(transaction, batch.deleted);
  await unit.record(batch.drafts);
  return outcomes;
}

/** Reads what the decisions need, in one round trip. */
async function readLookups(
  transaction: StatementTransaction,
  jobs: readonly ContactJob[],
): Promise<Omit<BatchLookups, 'companies'>> {
  const existing = jobs.filter((job) => job.kind !== 'creation');
  const creations = jobs.filter((job) => job.kind === 'creation');
  const given = jobs.filter((job) => job.kind !== 'deletion');
  const withLogins = given.filter(({ patch }) => patch.email !== undefined || patch.password !== undefined);
  // A creation claims an email for a password alone.
  const claiming = withLogins.filter(({ kind, credential }) => kind === 'update' || credential !== undefined);
  const [contacts, births, logins, tags, upserts] = await Promise.all([
    lockAndRead(transaction, idsOf(existing)),
    readBirths(transaction, creations),
    readLogins(
      transaction,
      idsOf(claiming.filter(({ kind }) => kind === 'update')),
      claiming.flatMap(({ patch }) => emailKeyOf(patch.email ?? null) ?? []),
    ),
    findTags(transaction, tagKeysOf(given.flatMap(({ patch }) => patch.tags ?? []))),
    // After the locks of the contacts: what they have then they keep.
    lockUpserts(transaction, [...new Set(given.flatMap(({ upsertKey }) => upsertKey ?? []))]),
  ]);
  return { contacts, ...births, logins, tags, upserts };
}

const idsOf = (jobs: readonly ContactJob[]): number[] => [...new Set(jobs.flatMap(({ contactId }) => contactId ?? []))];

/** Ids and times of new contacts, and their companies: locked before the time is read. */
async function readBirths(
  transaction: StatementTransaction,
  creations: readonly CreationJob[],
): Promise<Pick<BatchLookups, 'births' | 'firstCompanies'>> {
  const companyIds = [...new Set(creations.flatMap(({ patch }) => namedCompanies(patch) ?? []))];
  const [firstCompanies, births] = await Promise.all([
    shareFreeCompanies(transaction, companyIds),
    drawBirths(
      transaction,
      creations.map(({ contactId }) => contactId ?? null),
    ),
  ]);
  return { firstCompanies, births: new Map(creations.map((job, index) => [job, births[index]!])) };
}

/** Companies are locked only where memberships change: others need them too. */
function companiesOfMoves(jobs: readonly ContactJob[], { locked }: ReadContacts): number[] {
  const moves = jobs.flatMap((job) => {
    if (job.kind !== 'update' || job.patch.isPrimary === true) return [];
    const contact = locked.get(job.contactId);
    return contact && movesMemberships(contact, job.patch) ? (namedCompanies(job.patch) ?? []) : [];
  });
  return [...new Set(moves)];
}
