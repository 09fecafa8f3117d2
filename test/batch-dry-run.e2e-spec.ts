import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seededRandom } from '#app/system/testing';
import { TestGateway } from './gateway.harness.js';

const PASSWORD = 'correct horse';
const ROUNDS = 12;
const ITEMS = 12;

const random = seededRandom(import.meta.filename);
const oneOf = <T>(values: readonly T[]): T => values[random.below(values.length)]!;

let gateway: TestGateway;
let unique = 0;
const addresses = (count: number): string[] => Array.from({ length: count }, () => `dry${++unique}@example.com`);

beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(() => gateway?.stop());

type Item = Record<string, unknown> & { id: number };

/** What is the same in a dry run and in the batch itself: all but the time of the change and the ids of new tags. */
function judged(answers: any[]): unknown[] {
  return answers.map(({ status, code, errors, data, portal_login_version }) => {
    if (!data) return [status, code, errors];
    const { updated_at: _time, tags, ...rest } = data;
    return [status, portal_login_version, { ...rest, tags: tags.map(({ name }: { name: string }) => name) }];
  });
}

const batch = async (items: readonly Item[], headers?: Record<string, string>): Promise<any[]> =>
  (await gateway.callUntilAnswered('POST', '/contacts/batch', { items }, headers)).body.data;
const dryRun = (items: readonly Item[]) => batch(items, { prefer: 'dry-run' });

describe('a dry run of a batch whose items depend on each other', () => {
  it('when an item needs what an earlier one changes / has the answers and events that the batch leads to', async () => {
    const company_id = await gateway.createCompany();
    const [first, second, free] = addresses(3);
    const ann = await gateway.createContact({ company_id, email: first, password: PASSWORD, is_primary: true });
    const ben = await gateway.createContact({ company_id, email: second, password: PASSWORD });
    const items = [
      { id: Number(ann.id), email: free, last_name: 'One' },
      { id: Number(ben.id), email: first },
      { id: Number(ben.id), is_primary: true, if_match: '"2"' },
      { id: Number(ann.id), is_primary: true, tags: ['new'] },
      { id: Number(ann.id), email: first },
      { id: Number(ann.id), last_name: 'Two', if_match: '"2"' },
    ];
    const rehearsed = await dryRun(items);
    expect(rehearsed.map(({ status }) => status)).toEqual([200, 200, 200, 200, 422, 412]);
    const done = await batch(items);
    expect(judged(rehearsed)).toEqual(judged(done));
    const events = rehearsed
      .flatMap(({ events = [] }) => events)
      .map(({ type, subject, version }: any) => [type, subject, version]);
    const { rows } = await gateway.sql.query<{ type: string; contact_id: string; version: number }>(
      `select type, contact_id, version::int from contact_event where contact_id = any($1::bigint[]) and version > 1 order by seq`,
      [[ann.id, ben.id]],
    );
    expect(events).toEqual(rows.map(({ type, contact_id, version }) => [type, `contacts/${contact_id}`, version]));
  });

  it(`when its items are any / each of ${ITEMS} has the answer that the batch leads to`, async () => {
    const companies = [await gateway.createCompany(), await gateway.createCompany()];
    const emails = addresses(5);
    const contacts: number[] = [];
    for (const email of emails.slice(0, 3))
      contacts.push(Number((await gateway.createContact({ company_id: oneOf(companies), email, password: PASSWORD })).id));
    contacts.push(Number((await gateway.createContact({ company_id: companies[0] })).id));
    let round = 0;
    const changes: (() => Record<string, unknown>)[] = [
      () => ({ last_name: `Name ${random.below(3)}` }),
      () => ({ email: oneOf(emails) }),
      () => ({ company_id: oneOf(companies) }),
      () => ({ company_ids: random.below(2) ? companies : [oneOf(companies)] }),
      () => ({ is_primary: random.below(3) > 0 }),
      () => ({ tags: [`${oneOf(['tag', 'Tag', 'TAG'])} ${unique} ${round} ${random.below(2)}`] }),
      () => ({ if_match: `"${1 + random.below(6)}"`, first_name: `Name ${random.below(3)}` }),
      () => ({ password: PASSWORD, ...(random.below(2) ? { email: oneOf(emails) } : {}) }),
    ];
    for (; round < ROUNDS; round++) {
      const items = Array.from({ length: ITEMS }, () => ({ id: oneOf(contacts), ...oneOf(changes)(), ...oneOf(changes)() }));
      const rehearsed = judged(await dryRun(items));
      expect({ items, answers: rehearsed }).toEqual({ items, answers: judged(await batch(items)) });
    }
  });
});
