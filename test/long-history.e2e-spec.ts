import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '#app/system/testing';
import { TestGateway } from './gateway.harness.js';

const EVENTS = 20_000;
/** Rows that the deletion itself erases, and most rows of a statement after it: more could take longer than either may. */
const AT_ONCE = { deletion: 1_000, after: 5_000 };
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

/** Notes how many rows each statement deletes from a table. */
async function countErased(table: string): Promise<void> {
  await gateway.sql.query(`create table if not exists erased (at serial, rows int)`);
  await gateway.sql.query(`create or replace function note_erased() returns trigger language plpgsql as
    $$ begin insert into erased (rows) select count(*) from gone; return null; end $$`);
  await gateway.sql.query(`create trigger note_erased after delete on ${table} referencing old table as gone
    for each statement execute function note_erased()`);
}

it(`when a contact with ${EVENTS} events is deleted / its history and stored answers are erased, ${AT_ONCE.deletion} with it and the rest in parts`, async () => {
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
  await countErased('contact_event');
  expect((await gateway.call('DELETE', `/contacts/${id}`)).status).toBe(200);
  expect((await gateway.call('GET', `/contacts/${id}/events`)).status).toBe(404);
  await eventually(async () => expect(await remainsOf(id)).toEqual({ events: 0, answers: 0, noted: 0 }), { timeoutMs: 60_000 });
  const { rows } = await gateway.sql.query('select rows from erased where rows > 0 order by at');
  const erased = rows.map((row) => row.rows as number);
  expect([erased[0], Math.max(...erased)]).toEqual([AT_ONCE.deletion, AT_ONCE.after]);
  // The event of its creation is one more.
  expect(erased.reduce((sum, count) => sum + count)).toBe(EVENTS + 1);
});

it('when the contacts that many deletions have noted have left nothing, but the last one / what that one has left is erased soon', async () => {
  const { rows } = await gateway.sql.query(`select nextval(pg_get_serial_sequence('contact', 'id'))::int + 20000 as id`);
  const last = String(rows[0].id);
  await gateway.sql.query(
    `insert into contact_event (id, contact_id, type, version, created_at, request_id, changes)
       values (gen_random_uuid(), $1, 'ContactCreated', 1, now(), 'request', '{}')`,
    [last],
  );
  await gateway.sql.query('insert into deleted_contact select id from generate_series($1::bigint - 19999, $1::bigint) id', [
    last,
  ]);
  await eventually(async () => expect(await remainsOf(last)).toEqual({ events: 0, answers: 0, noted: 0 }), { timeoutMs: 15_000 });
});

it('when another transaction erases some of what a deleted contact has left / the rest is erased too', async () => {
  const { rows } = await gateway.sql.query(`select nextval(pg_get_serial_sequence('contact', 'id'))::int as id`);
  const id = String(rows[0].id);
  await gateway.sql.query(
    `insert into contact_event (id, contact_id, type, version, created_at, request_id, changes)
       select gen_random_uuid(), $1, 'ContactUpdated', n, now(), 'request', '{}' from generate_series(1, $2::int) n`,
    [id, AT_ONCE.after + 1_000],
  );
  const other = await gateway.sql.connect();
  try {
    await other.query('begin');
    // Some of whatever part comes first.
    await other.query('delete from contact_event where contact_id = $1 and seq % 100 = 0', [id]);
    await gateway.sql.query('insert into deleted_contact values ($1)', [id]);
    const waiting = `select count(*)::int as waiting from pg_stat_activity where wait_event_type = 'Lock' and query like '%deleted_contact%'
      and datname = current_database()`;
    await eventually(async () => expect((await gateway.sql.query(waiting)).rows[0].waiting).toBe(1), { timeoutMs: 15_000 });
  } finally {
    await other.query('commit');
    other.release();
  }
  await eventually(async () => expect(await remainsOf(id)).toEqual({ events: 0, answers: 0, noted: 0 }), { timeoutMs: 15_000 });
});
