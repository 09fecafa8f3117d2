import { describe, expect, it } from '@jest/globals';
import type { TogetherUnit } from '../../writes/write-unit.js';
import { Deadline } from '../../wire/deadline.js';
import type { WriteRequest } from '../../writes/write-request.js';
import { applyBatch } from './apply-batch.js';
import type { ContactJob } from './contact-job.js';

const ANSWERS: Readonly<Record<string, object[]>> = {
  'upserts-lock': [{ locked: true }],
  'contacts-draw': [{ id: '1', at: '2026-01-02 03:04:05.678+00' }],
};

/** The names of the statements that a batch sends, in their order; its database has no rows. */
async function statementsOf(job: Record<string, unknown>): Promise<string[]> {
  const names: string[] = [];
  const transaction = { query: ({ name }: { name: string }) => (names.push(name), Promise.resolve(ANSWERS[name] ?? [])) };
  const unit = { transaction, record: () => Promise.resolve() } as unknown as TogetherUnit;
  const terms = { request: {} as WriteRequest, deadline: new Deadline(), credential: undefined };
  await applyBatch(unit, [{ ...terms, ...job } as unknown as ContactJob], Promise.resolve(new Map()));
  return names;
}

describe('a batch of writes', () => {
  // What is read before its lock can be changed in between.
  it.each([
    ['a contact', { kind: 'update', contactId: 1, patch: {} }, 'contacts-lock', ['memberships-read', 'tags-of-contacts-read']],
    [
      'the email of an upsert',
      { kind: 'creation', patch: { companyId: 1 }, upsertKey: 'a@x.io' },
      'upserts-lock',
      ['email-holders'],
    ],
    ['the company of a new contact', { kind: 'creation', patch: { companyId: 1 } }, 'companies-share', ['contacts-draw']],
  ])('when it needs %s / locks that before it reads what depends on it', async (_, job, lock, reads) => {
    const sent = await statementsOf(job);
    expect(sent.filter((name) => name === lock || reads.includes(name))).toEqual([lock, ...reads]);
  });
});
