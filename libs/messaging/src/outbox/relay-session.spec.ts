import { describe, expect, it, jest } from '@jest/globals';
import type pg from 'pg';
import { RowsNotice } from './relay-session.js';

const session = (answer: () => Promise<unknown> = () => Promise.resolve()) => {
  const query = jest.fn(answer);
  return { query, client: { query } as unknown as pg.Client };
};

describe('the notice of committed rows', () => {
  it('when there is no session at the commit / it is sent once there is one, and once only', async () => {
    const [notice, { query, client }] = [new RowsNotice(), session()];
    await notice.send(undefined);
    await notice.send(undefined);
    await notice.catchUp(client);
    await notice.catchUp(client);
    expect(query.mock.calls).toEqual([['notify contact_sync_outbox']]);
  });

  it('when nothing was committed without a session / a new session gets none', async () => {
    const [notice, { query, client }] = [new RowsNotice(), session()];
    await notice.catchUp(client);
    expect(query).not.toHaveBeenCalled();
  });

  it('when rows are committed while one is on its way / one more follows for all of them', async () => {
    const first = Promise.withResolvers<void>();
    const [notice, { query, client }] = [new RowsNotice(), session(() => first.promise)];
    const sent = notice.send(client);
    await Promise.all([notice.send(client), notice.send(client)]);
    first.resolve();
    await sent;
    expect(query).toHaveBeenCalledTimes(2);
  });

  it('when the session breaks / the next notice is sent on the next session', async () => {
    const notice = new RowsNotice();
    await notice.send(session(() => Promise.reject(new Error('broken'))).client);
    const { query, client } = session();
    await notice.send(client);
    expect(query).toHaveBeenCalledTimes(1);
  });
});
