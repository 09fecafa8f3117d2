import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { AppAnswer, AppClient } from './app-client.js';
import { UpdateLoad } from './update-load.js';

let refused: number[];
let emails: string[];
let load: UpdateLoad;

/** A gateway that first answers each creation of a contact with the `refused` statuses. */
const call = (method: string, path: string, body?: { email?: string }): Promise<AppAnswer> => {
  const answer = (status: number, data?: unknown) =>
    Promise.resolve({ status, headers: {}, body: { data, message: 'no' }, ms: 0 });
  if (method === 'GET') return answer(200, []);
  if (path === '/companies') return answer(201, { id: 1 });
  const status = refused.shift() ?? 201;
  emails.push(body!.email!);
  return answer(status, { id: String(emails.length) });
};

beforeEach(() => {
  jest.useFakeTimers({ advanceTimers: false });
  [refused, emails] = [[], []];
  load = new UpdateLoad({ call } as unknown as AppClient);
});
afterEach(() => {
  load.stop();
  jest.useRealTimers();
});

describe('the load of updates', () => {
  it.each([
    ['has no time', 503],
    ['limits requests', 429],
    ['has closed the connection', 0],
  ])('when the gateway %s while its contacts are made / asks again, with another email each time', async (_, status) => {
    refused = [status, status];
    const set = load.setRate(20);
    await jest.advanceTimersByTimeAsync(5_000);
    await set;
    expect(load.report.rate).toBe(20);
    expect(new Set(emails).size).toBe(12);
  });

  it('when the gateway refuses its contacts / says why', async () => {
    refused = [403];
    await expect(load.setRate(20)).rejects.toThrow('The gateway answered 403: no');
  });

  it('when the gateway has no time for long / gives up, and says why', async () => {
    refused = Array.from({ length: 20 }, () => 503);
    const set = expect(load.setRate(20)).rejects.toThrow('The gateway answered 503: no');
    await jest.advanceTimersByTimeAsync(20_000);
    await set;
  });
});
