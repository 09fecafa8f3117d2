import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { testSeed } from '#app/system/testing';
import { TestGateway } from './gateway.harness.js';

let gateway: TestGateway;
let company: number;

beforeAll(async () => {
  gateway = await TestGateway.start();
  company = await gateway.createCompany();
  for (const name of ['Known', 'also known']) await gateway.createContact({ company_id: company, tags: [name] });
});
afterAll(() => gateway?.stop());

const text = fc.option(fc.constantFrom('A', 'b', 'ß "quoted" \\ {x,y} NULL', '\u{1f600}', 'a\ttab'), { nil: null });
const optional = { requiredKeys: [] };
const patches = fc.record(
  {
    first_name: text,
    last_name: text,
    phone_1: text,
    phone_2: text,
    receiving_bank_name: text,
    receiving_bank_address: text,
    receive_quotation_pdf: fc.boolean(),
    receive_purchase_order_pdf: fc.boolean(),
    receive_purchase_order_invoice_pdf: fc.boolean(),
    is_primary: fc.constant(false),
    tags: fc.uniqueArray(fc.constantFrom('known', 'KNOWN', 'also known', 'new one'), { maxLength: 3 }),
  },
  optional,
);

/** The fields that are equal for two contacts with the same changes. */
const comparable = ({
  id: _id,
  email: _email,
  created_at: _createdAt,
  updated_at: _updatedAt,
  ...rest
}: Record<string, unknown>) => rest;
const read = async (id: string) => comparable((await gateway.call('GET', `/contacts/${id}`)).body.data);

/** `changed` and `before` of a contact's events, oldest first. */
async function changesOf(id: string, count: number): Promise<unknown[]> {
  const records = await gateway.records('contacts.v1', id, count);
  return records.slice(1).map(({ value }) => {
    const { changed, before } = JSON.parse(value!);
    return { changed, before };
  });
}

describe('the two implementations of an update', () => {
  it('when one contact is written by batch statements and one by the unit of work / equal random updates give equal states and events', async () => {
    let unique = 0;
    const sequences = fc.array(patches, { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(sequences, async (updates) => {
        const emails = [`batch-${++unique}@x.io`, `alone-${unique}@x.io`];
        const [batch, alone] = [
          await gateway.createContact({ company_id: company, email: emails[0] }),
          await gateway.createContact({ company_id: company, email: emails[1] }),
        ];
        for (const patch of updates) {
          const answers = [
            await gateway.update(batch.id, patch),
            await gateway.call('PATCH', '/contacts', { ...patch, email: emails[1] }),
          ];
          expect(answers.map(({ status }) => status)).toEqual([200, 200]);
          const [byBatch, byUnitOfWork] = answers.map(({ body }) => comparable(body.data));
          expect(byBatch).toEqual(byUnitOfWork);
        }
        const [stored, expected] = [await read(batch.id), await read(alone.id)];
        expect(stored).toEqual(expected);
        const count = stored['version'] as number;
        expect(await changesOf(batch.id, count)).toEqual(await changesOf(alone.id, count));
      }),
      { seed: testSeed(import.meta.filename), numRuns: 25 },
    );
  });
});
