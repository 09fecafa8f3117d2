import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { AppAnswer, AppClient } from './app-client.js';
import { UpdateLoad } from './update-load.js';

let refused: number[];
let emails: string[];
/** The items of each batch that was sent. */
let batches: { id: number; email: string }[][];
/** Answers a batch; null: never. */
let answerBatch: (items: number) => { status: number; data?: unknown } | null;
let load: UpdateLoad;

interface Body {
  email?: string;
  items?: { id: number; email: string }[];
}

/** A gateway that first answers each creation of a contact with the `refused` statuses. */
const call = (method: string, path: string, body?: Body): Promise<AppAnswer> => {
  const answer = (status: number, data?: unknown) =>
    Promise.resolve({ status, headers: {}, body: { data, message: 'no' }, ms: 0 });
  if (method === 'GET') return answer(200, []);
  if (path === '/companies') return answer(201, { id: 1 });
  if (path === '/contacts/batch') {
    batches.push(body!.items!);
    const answered = answerBatch(body!.items!.length);
    return answered ? answer(answered.status, answered.data) : new Promise(() => undefined);
  }
  const status = refused.shift() ?? 201;
  emails.push(body!.email!);
  return answer(status, { id: String(emails.length) });
};

beforeEach(() => {
  jest.useFakeTimers({ advanceTimers: false });
  [refused, emails, batches] = [[], [], []];
  answerBatch = (items) => ({ status: 207, data: Array.from({ length: items }, () => ({ status: 200 })) });
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

  it('when it runs / sends as many updates as were asked for, of its contacts by turns, each with another email, until it is stopped', async () => {
    await load.setRate(30);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(load.report).toEqual({ rate: 30, done: 60, failed: 0, reason: null });
    const items = batches.flat();
    expect(new Set(items.map(({ email }) => email)).size).toBe(60);
    expect(new Set(items.slice(0, 10).map(({ id }) => id))).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
    await load.setRate(0);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(batches.flat()).toHaveLength(60);
    expect(load.report).toMatchObject({ rate: 0, done: 60 });
  });

  it('when its rate is set again / counts anew, at that rate alone, on the same contacts', async () => {
    await load.setRate(400);
    await jest.advanceTimersByTimeAsync(1_000);
    await load.setRate(4);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(load.report).toEqual({ rate: 4, done: 4, failed: 0, reason: null });
    expect(emails).toHaveLength(10);
  });

  it('when some updates fail / counts them, and says why the last one did', async () => {
    answerBatch = () => ({ status: 207, data: [{ status: 200 }, { status: 409, message: 'email is taken' }] });
    await load.setRate(4);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(load.report).toEqual({ rate: 4, done: 4, failed: 4, reason: '409: email is taken' });
  });

  it('when the gateway refuses a batch / all of its updates have failed', async () => {
    answerBatch = () => ({ status: 503 });
    await load.setRate(40);
    await jest.advanceTimersByTimeAsync(250);
    expect(load.report).toEqual({ rate: 40, done: 0, failed: 10, reason: '503: no' });
  });

  it('when the gateway does not answer / sends it five batches and no more', async () => {
    answerBatch = () => null;
    await load.setRate(40);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(batches).toHaveLength(5);
    expect(load.report).toEqual({ rate: 40, done: 0, failed: 30, reason: 'The gateway does not answer in time.' });
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
