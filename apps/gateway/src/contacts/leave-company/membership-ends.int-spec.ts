import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';
import { createMigratedDatabase, type MigratedDatabase } from '#app/system/testing';
import { ormOptions } from '../../orm.js';
import { Deadline, TimedOut } from '../../wire/deadline.js';
import type { EventRecorder } from '../../writes/event-recorder.js';
import { WriteUnit } from '../../writes/write-unit.js';
import { previewEnds } from './membership-ends.js';

const CONTACTS = 2_500;
const [CLOSING, OPEN] = [1, 2];
let database: MigratedDatabase;
let orm: MikroORM;

beforeAll(async () => {
  database = await createMigratedDatabase('gateway without rows', ormOptions);
  orm = database.orm;
  const run = (text: string, values: unknown[]) => query(orm.em.fork(), text, values);
  await run(`insert into company (id, name, created_at, updated_at) select unnest($1::bigint[]), 'Acme', now(), now()`, [
    [CLOSING, OPEN],
  ]);
  await run(
    `insert into contact (id, version, first_name, created_at, updated_at)
     select id, 1, 'Many', now(), now() from generate_series(1, $1::int) id`,
    [CONTACTS],
  );
  await run(
    `insert into contact_company select contact.id, company.id, company.id - 1, false, false, false, false from contact, company`,
    [],
  );
});
afterAll(() => database?.drop());

/** A deadline that is over when it is asked for this time. */
class CountedDeadline extends Deadline {
  asked = 0;

  constructor(private readonly last: number) {
    super();
  }

  override get isOver(): boolean {
    return ++this.asked >= this.last;
  }
}

const previewing = (deadline: Deadline) => {
  const unit = new WriteUnit(orm.em.fork(), {} as EventRecorder, true);
  const request = { requestId: 'spec', actor: null, traceparent: null, deadline };
  return { unit, preview: previewEnds(unit, CLOSING, request) };
};

it('when a dry run has time / it shows an event of each contact', async () => {
  const { unit, preview } = previewing(new CountedDeadline(Infinity));
  await preview;
  expect(unit.previewed).toHaveLength(CONTACTS);
});

it('when the deadline of a dry run ends / it reads no further page', async () => {
  const { unit, preview } = previewing(new CountedDeadline(2));
  await expect(preview).rejects.toBeInstanceOf(TimedOut);
  expect(unit.previewed.length).toBeGreaterThan(0);
  expect(unit.previewed.length).toBeLessThan(CONTACTS);
});
