import { Logger } from '@nestjs/common';
import { createMigratedDatabase, eventually, type MigratedDatabase } from '#app/system/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ormOptions } from '../orm.js';
import { AuditTrail } from './audit-trail.js';

let database: MigratedDatabase;
let trail: AuditTrail;
let warnings: jest.SpiedFunction<Logger['warn']>;

beforeAll(async () => {
  database = await createMigratedDatabase('gateway without rows', ormOptions);
});
afterAll(() => database?.drop());
beforeEach(async () => {
  await database.orm.em.fork().execute('delete from audit_entry');
  trail = new AuditTrail(database.orm.em);
  warnings = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
});
afterEach(() => void jest.restoreAllMocks());

const noteMany = (count: number, action: string): void => {
  for (let n = 0; n < count; n++) trail.note({ actor: null, action, target: null, requestId: null });
};
const rows = (): Promise<{ action: string; target: string | null; details: object }[]> =>
  database.orm.em.fork().execute('select action, target, details from audit_entry order by id');

describe('AuditTrail.note', () => {
  it('when more entries come than may wait / the rest are counted, and one row has their number', async () => {
    const release = await locked();
    noteMany(110, 'export');
    noteMany(40, 'address.blocked');
    expect(trail.lost).toBe(50);
    await release();
    await eventually(async () => expect(await rows()).toHaveLength(101));
    // The first of those that waited brings it, in any place.
    expect((await rows()).filter(({ action }) => action === 'audit.others')).toEqual([
      { action: 'audit.others', target: 'others', details: { export: 10, 'address.blocked': 40 } },
    ]);
    expect(warnings).toHaveBeenCalledTimes(1);
  });

  it('when entries cannot be written / they are counted, and the next one that is written brings their number', async () => {
    await rename('audit_entry', 'elsewhere');
    noteMany(3, 'export');
    await eventually(() => expect(trail.lost).toBe(3));
    await trail.writeLost();
    await rename('elsewhere', 'audit_entry');
    noteMany(1, 'export');
    await eventually(async () => expect(await rows()).toHaveLength(2));
    expect((await rows()).at(-1)).toMatchObject({ action: 'audit.others', details: { export: 3 } });
    expect(warnings).toHaveBeenCalledTimes(1);
  });

  it('when nothing was lost / no row has a number', async () => {
    noteMany(1, 'export');
    await trail.onApplicationShutdown();
    expect((await rows()).map(({ action }) => action)).toEqual(['export']);
  });
});

/** Locks the table in a session of its own. @returns what ends the lock */
async function locked(): Promise<() => Promise<void>> {
  const em = database.orm.em.fork();
  await em.begin();
  await em.execute('lock table audit_entry in access exclusive mode');
  return () => em.rollback();
}

const rename = (from: string, to: string) => database.orm.em.fork().execute(`alter table ${from} rename to ${to}`);
