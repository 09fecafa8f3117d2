import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createMigratedDatabase, eventually, type MigratedDatabase } from '#app/system/testing';
import { ormOptions } from '../orm.js';
import { untilOutboxHasRoom } from './outbox-room.js';

let database: MigratedDatabase;
beforeAll(async () => {
  database = await createMigratedDatabase('gateway without rows', ormOptions);
});
afterAll(() => database?.drop());

describe('a repair that fills the outbox', () => {
  it('when nothing publishes / says once what it waits for, and goes on when there is room', async () => {
    const em = database.orm.em.fork();
    const notes: string[] = [];
    const run = { note: (text: string) => void notes.push(text), signal: new AbortController().signal };
    await untilOutboxHasRoom(em, run);
    expect(notes).toEqual([]);
    await em.execute(`insert into outbox (topic, key, headers) select 'contacts', '1', '{}' from generate_series(1, 10_000)`);
    const waiting = untilOutboxHasRoom(em, run);
    await eventually(() => expect(notes).toEqual([expect.stringMatching(/^10,000 events wait in the outbox.* a gateway /)]));
    await em.execute('delete from outbox where id in (select id from outbox limit 1)');
    await waiting;
    expect(notes).toHaveLength(1);
  });
});
