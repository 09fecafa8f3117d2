import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '#app/system/testing';
import { TestGateway } from './gateway.harness.js';

const EVENTS = 500_000;
const ANSWERS = 5_000;

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(() => gateway?.stop());

const remainsOf = async (id: string) => {
  const { rows } = await gateway.sql.query(
    `select (select count(*)::int from contact_event where contact_id = $1) as events,
       (select count(*)::int from idempotency_key where contact_id = $1 and result is not null) as answers,
       (select count(*)::int from deleted_contact) as noted`,
    [id],
  );
  return rows[0];
};

it(`when a contact with ${EVENTS} events is deleted / answers 200 in its usual time, and its history and stored answers are erased`, async () => {
  const { id } = await gateway.createContact({ email: 'long@example.com' });
  await gateway.sql.query(
    `insert into contact_event (id, contact_id, type, version, created_at, request_id, changes)
       select gen_random_uuid(), $1, 'ContactUpdated', n, now(), 'request', '{"email":{"old":"a@example.com","new":"b@example.com"}}'
       from generate_series(1, $2::int) n`,
    [id, EVENTS],
  );
  await gateway.sql.query(
    `insert into idempotency_key (token_id, key, item, fingerprint, contact_id, result, expires_at)
       select 1, 'key ' || n, -1, '\\x00', $1, '{"email":"long@example.com"}', now() + interval '1 day' from generate_series(1, $2::int) n`,
    [id, ANSWERS],
  );
  const startedAt = performance.now();
  const { status } = await gateway.call('DELETE', `/contacts/${id}`);
  expect([status, performance.now() - startedAt < 2_000]).toEqual([200, true]);
  expect((await gateway.call('GET', `/contacts/${id}/events`)).status).toBe(404);
  await eventually(async () => expect(await remainsOf(id)).toEqual({ events: 0, answers: 0, noted: 0 }), { timeoutMs: 60_000 });
});
