import { describe, expect, it } from '@jest/globals';
import { Deadline, TimedOut } from '../../wire/deadline.js';
import type { WriteRequest } from '../../writes/write-request.js';
import { ContactNotFound, EmailMoved, LoginEmailTaken } from '../contact.errors.js';
import type { ContactState } from '../contact.state.js';
import { decideCreation } from '../create/decide-creation.js';
import { BatchDecisions, type BatchLookups } from './batch-decisions.js';
import type { ContactJob, CreationJob, DeletionJob, UpdateJob } from './contact-job.js';

const AT = '2026-01-02T03:04:05.678Z';
const OPEN = { id: 1, name: 'Acme', isOpen: true };
const NO_FLAGS = { receive_quotation_pdf: false, receive_purchase_order_pdf: false, receive_purchase_order_invoice_pdf: false };

const request = (condition?: WriteRequest['condition']): WriteRequest => ({
  requestId: 'r',
  actor: '1',
  traceparent: null,
  deadline: new Deadline(),
  condition,
  dryRun: false,
  readsContacts: true,
  strict: false,
  errors: {},
  key: undefined,
  item: -1,
});
const terms = () => ({ request: request(), deadline: new Deadline() });

const contact = (id: number, email: string | null = null, hasPortalLogin = false): ContactState => ({
  ...decideCreation(
    { contactId: id, at: AT, patch: { firstName: 'A', ...(email === null ? {} : { email }) }, credential: undefined },
    { companies: new Map(), tags: new Map() },
  ).after,
  hasPortalLogin,
  loginVersion: hasPortalLogin ? 1 : 0,
  companies: [],
});

const update = (contactId: number, patch: UpdateJob['patch'], more: Partial<UpdateJob> = {}): UpdateJob => ({
  kind: 'update',
  contactId,
  patch,
  credential: undefined,
  ...terms(),
  ...more,
});
const creation = (patch: CreationJob['patch'] = {}, more: Partial<CreationJob> = {}): CreationJob => ({
  kind: 'creation',
  contactId: undefined,
  patch: { firstName: 'New', companyId: 1, ...patch },
  credential: undefined,
  ...terms(),
  ...more,
});
const deletion = (contactId: number, more: Partial<DeletionJob> = {}): DeletionJob => ({
  kind: 'deletion',
  contactId,
  ...terms(),
  ...more,
});

interface World extends Partial<Omit<BatchLookups, 'contacts' | 'births'>> {
  contacts?: ContactState[];
  lockedElsewhere?: number[];
}

/** The outcomes of these jobs in one batch, as short texts, and the batch. */
function decide(jobs: ContactJob[], { contacts = [], lockedElsewhere = [], ...lookups }: World = {}) {
  const births = jobs.filter((job) => job.kind === 'creation').map((job, index) => [job, { id: 100 + index, at: AT }] as const);
  const batch = new BatchDecisions({
    contacts: { locked: new Map(contacts.map((each) => [each.id, each])), lockedElsewhere: new Set(lockedElsewhere) },
    births: new Map(births),
    firstCompanies: { locked: new Map([[1, OPEN]]), missing: new Set() },
    companies: { locked: new Map(), missing: new Set() },
    logins: { byContact: new Map(), holders: new Map() },
    tags: new Map(),
    upserts: { locked: new Set(), holders: new Map() },
    ...lookups,
  });
  const outcomes = jobs.map((job) => batch.decide(job));
  return { batch, outcomes };
}

const loginOf = (id: number, email: string) => ({
  byContact: new Map([[id, { email, emailKey: email, credential: 'c' }]]),
  holders: new Map([[email, id]]),
});
const upserted = (key: string, holders: number[] = []) => ({ locked: new Set([key]), holders: new Map([[key, holders]]) });
const errorOf = (outcome: unknown): unknown => (outcome as { error?: unknown }).error;

describe('updates in a batch', () => {
  it('when a contact has two / one change has what both changed, from the state before the first one, and each has its event', () => {
    const { batch, outcomes } = decide([update(5, { firstName: 'B' }), update(5, { lastName: 'C' })], { contacts: [contact(5)] });
    expect(outcomes).toMatchObject([{ result: { contact: { version: 2 } } }, { result: { contact: { version: 3 } } }]);
    expect(batch.changes()).toMatchObject([
      { before: { version: 1, firstName: 'A', lastName: null }, after: { version: 3, firstName: 'B', lastName: 'C' } },
    ]);
    expect(batch.drafts).toHaveLength(2);
  });

  it('when one gives a login another email, and a later write claims the former one / that write comes in a later batch', () => {
    const claim = creation({ email: 'a@x.io', password: 'p' }, { contactId: 9, credential: 'sealed' });
    const { batch, outcomes } = decide([update(5, { email: 'b@x.io' }), claim], {
      contacts: [contact(5, 'a@x.io', true)],
      logins: loginOf(5, 'a@x.io'),
    });
    expect(outcomes[1]).toEqual({ route: 'later' });
    expect([...batch.claims.keys()]).toEqual([5]);
  });

  it('when a company of a move is closed / is refused; when another transaction has it / comes in a later batch', () => {
    const move = () => update(5, { companyId: 1 });
    const closed = { locked: new Map([[1, { ...OPEN, isOpen: false }]]), missing: new Set<number>() };
    expect(errorOf(decide([move()], { contacts: [contact(5)], companies: closed }).outcomes[0])).toMatchObject({
      errors: { company_id: ['must be an existing company'] },
    });
    expect(decide([move()], { contacts: [contact(5)] }).outcomes).toEqual([{ route: 'later' }]);
    const oneIsFree = { locked: new Map([[1, OPEN]]), missing: new Set<number>() };
    const moveToBoth = update(5, { companyIds: [1, 2] });
    expect(decide([moveToBoth], { contacts: [contact(5)], companies: oneIsFree }).outcomes).toEqual([{ route: 'later' }]);
  });

  it('when one names the companies that its contact has, or the primary flag that it has / is done without their locks; one that takes the flag runs alone', () => {
    const member = { ...contact(5), companies: [{ id: 1, name: 'Acme', is_primary: true, ...NO_FLAGS }] };
    for (const patch of [{ companyId: 1 }, { companyIds: [1] }, { isPrimary: true }])
      expect(decide([update(5, patch)], { contacts: [member] }).outcomes).toMatchObject([
        { result: { contact: { version: 1 } } },
      ]);
    const other = update(5, { companyId: 1, isPrimary: true });
    const secondary = { ...member, companies: member.companies.map((company) => ({ ...company, is_primary: false })) };
    expect(decide([other], { contacts: [secondary] }).outcomes).toEqual([{ route: 'alone' }]);
  });

  it('when one names a tag that does not exist / runs alone, and later writes of its contact come in a later batch', () => {
    const { batch, outcomes } = decide([update(5, { tags: ['known', 'new'] }), update(5, { firstName: 'B' })], {
      contacts: [contact(5)],
      tags: new Map([['known', { id: 1, name: 'known', description: null, icon: null, color: null }]]),
    });
    expect(outcomes).toEqual([{ route: 'alone' }, { route: 'later' }]);
    expect([batch.changes(), batch.drafts]).toEqual([[], []]);
  });

  it('when two give a login other emails / the second comes in a later batch, and has neither claim nor event', () => {
    const { batch, outcomes } = decide([update(5, { email: 'b@x.io' }), update(5, { email: 'c@x.io' })], {
      contacts: [contact(5, 'a@x.io', true)],
      logins: loginOf(5, 'a@x.io'),
    });
    expect(outcomes[1]).toEqual({ route: 'later' });
    expect([batch.claims.get(5)?.email, batch.changes()[0]?.after.email, batch.drafts.length]).toEqual(['b@x.io', 'b@x.io', 2]);
  });

  it('when one gives the companies of its contact another order, and one of them is closed / the contact keeps both', () => {
    const names = ['Acme', 'Closed'].map((name, index) => ({ id: index + 1, name, isOpen: index === 0 }));
    const member = { ...contact(5), companies: names.map(({ id, name }) => ({ id, name, is_primary: false, ...NO_FLAGS })) };
    const companies = { locked: new Map(names.map((company) => [company.id, company])), missing: new Set<number>() };
    const { outcomes } = decide([update(5, { companyIds: [2, 1] })], { contacts: [member], companies });
    expect(outcomes).toMatchObject([{ result: { contact: { version: 2, companies: [{ id: 2 }, { id: 1 }] } } }]);
  });

  it('when some are done and others are refused / waits end with the deadlines of those that are done', () => {
    const [done, refused] = [update(5, { firstName: 'B' }), update(6, { firstName: 'B' })];
    expect(decide([done, refused], { contacts: [contact(5)] }).batch.deadlines).toEqual([done.deadline]);
  });
});

describe('deletions in a batch', () => {
  it('when the contact is updated earlier in the batch / comes in a later batch, with the writes after it', () => {
    const { batch, outcomes } = decide([update(5, { firstName: 'B' }), deletion(5), update(5, { firstName: 'C' })], {
      contacts: [contact(5)],
    });
    expect(outcomes.slice(1)).toEqual([{ route: 'later' }, { route: 'later' }]);
    expect(batch.deleted).toEqual([]);
    expect(batch.changes()).toHaveLength(1);
  });

  it('when later writes of the batch name the contact / they find none', () => {
    const { batch, outcomes } = decide([deletion(5), update(5, { firstName: 'B' }), deletion(5)], { contacts: [contact(5)] });
    expect(outcomes[0]).toEqual({ result: { loginVersion: 0 } });
    expect(outcomes.slice(1).map(errorOf)).toEqual([expect.any(ContactNotFound), expect.any(ContactNotFound)]);
    expect([batch.deleted, batch.drafts.length]).toEqual([[5], 1]);
  });

  it('when the contact is locked by another transaction / comes in a later batch', () => {
    expect(decide([deletion(5)], { lockedElsewhere: [5] }).outcomes).toEqual([{ route: 'later' }]);
  });

  it('when it frees a login email that a later write claims / that write comes in a later batch', () => {
    const { batch, outcomes } = decide(
      [
        deletion(5),
        creation({ email: 'a@x.io', password: 'p' }, { contactId: 9, credential: 'sealed' }),
        update(6, { email: 'A@x.io' }),
      ],
      { contacts: [contact(5, 'a@x.io', true), contact(6, 'b@x.io', true)], logins: loginOf(5, 'a@x.io') },
    );
    expect(outcomes.slice(1)).toEqual([{ route: 'later' }, { route: 'later' }]);
    expect([batch.removedLogins, batch.claims.size]).toEqual([[5], 0]);
  });

  it('when the condition names another version, or the terms have errors / is refused and changes nothing', () => {
    const stale = { match: { any: false, tags: [{ weak: false, value: '7' }] } };
    const malformed = { ...request(), errors: { 'If-Match': ['must be *'] } };
    const { batch, outcomes } = decide([deletion(5, { request: request(stale) }), deletion(5, { request: malformed })], {
      contacts: [contact(5)],
    });
    expect(outcomes.map((outcome) => (errorOf(outcome) as Error).constructor.name)).toEqual([
      'VersionMismatch',
      'ValidationFailed',
    ]);
    expect(batch.deleted).toEqual([]);
  });
});

describe('creations in a batch', () => {
  it('when a company is locked by another transaction / runs alone; when it does not exist or is closed, is refused', () => {
    const locked = { locked: new Map(), missing: new Set<number>() };
    expect(decide([creation()], { firstCompanies: locked }).outcomes).toEqual([{ route: 'alone' }]);
    // By default only the first one is free.
    expect(decide([creation({ companyIds: [1, 2] })]).outcomes).toEqual([{ route: 'alone' }]);
    const missing = { locked: new Map(), missing: new Set([1]) };
    const closed = { locked: new Map([[1, { ...OPEN, isOpen: false }]]), missing: new Set<number>() };
    for (const firstCompanies of [missing, closed])
      expect(errorOf(decide([creation()], { firstCompanies }).outcomes[0])).toMatchObject({
        errors: { company_id: ['must be an existing company'] },
      });
  });

  it('when a tag does not exist / runs alone', () => {
    expect(decide([creation({ tags: ['new'] })]).outcomes).toEqual([{ route: 'alone' }]);
  });

  it('when two claim one login email / the second is refused', () => {
    const claim = { credential: 'sealed', contactId: 7 };
    const { batch, outcomes } = decide([
      creation({ email: 'a@x.io', password: 'p' }, claim),
      creation({ email: 'A@X.io', password: 'p' }, { ...claim, contactId: 8 }),
    ]);
    expect(errorOf(outcomes[1])).toBeInstanceOf(LoginEmailTaken);
    expect([batch.created.length, batch.claims.size]).toEqual([1, 1]);
  });

  it('when the deadline is over / changes nothing', () => {
    const { batch, outcomes } = decide([creation({}, { deadline: new Deadline(0) })]);
    expect(errorOf(outcomes[0])).toBeInstanceOf(TimedOut);
    expect(batch.created).toEqual([]);
  });
});

describe('upserts in a batch', () => {
  const key = 'a@x.io';
  const creating = () => creation({ email: key }, { upsertKey: key });

  it('when another transaction has the lock of its email / comes in a later batch', () => {
    const upserts = { locked: new Set<string>(), holders: new Map([[key, []]]) };
    expect(decide([creating()], { upserts }).outcomes).toEqual([{ route: 'later' }]);
    const updating = update(5, { email: key }, { upsertKey: key });
    expect(decide([updating], { upserts, contacts: [contact(5, key)] }).outcomes).toEqual([{ route: 'later' }]);
  });

  it('when a contact has its email by now / begins again', () => {
    expect(errorOf(decide([creating()], { upserts: upserted(key, [5]) }).outcomes[0])).toBeInstanceOf(EmailMoved);
  });

  it('when an earlier write of the batch gives a contact its email / comes in a later batch', () => {
    const { outcomes } = decide([creating(), creating()], { upserts: upserted(key) });
    expect(outcomes[0]).toMatchObject({ result: { created: true } });
    expect(outcomes[1]).toEqual({ route: 'later' });
    const given = decide([update(5, { email: key }), creating()], { upserts: upserted(key), contacts: [contact(5)] });
    expect(given.outcomes[1]).toEqual({ route: 'later' });
  });

  it('when its contact has another email by now, is gone, or shares it / begins again', () => {
    const updating = () => update(5, { email: key }, { upsertKey: key });
    const worlds = [
      { upserts: upserted(key, [5]), contacts: [contact(5, 'b@x.io')] },
      { upserts: upserted(key, [5]), contacts: [] },
      { upserts: upserted(key, [5, 6]), contacts: [contact(5, key)] },
    ];
    for (const world of worlds) expect(errorOf(decide([updating()], world).outcomes[0])).toBeInstanceOf(EmailMoved);
    const { outcomes } = decide([updating()], { upserts: upserted(key, [5]), contacts: [contact(5, key)] });
    expect(outcomes[0]).toMatchObject({ result: { created: false } });
  });
});
