import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PageAnswered, resilientFetch, WriteRedirected } from './resilient-fetch.js';

const URL_OF_CONTACT = 'http://gateway/external/api/v1/contacts/1';

/** A server that gives these answers, one after the other; an error is a lost connection. */
function server(...answers: (Response | Error)[]) {
  const requests: Request[] = [];
  const send: typeof fetch = async (input) => {
    requests.push(input as Request);
    const answer = answers[requests.length - 1]!;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { requests, fetch: resilientFetch({ fetch: send, attempts: 3 }) };
}
/** An answer whose connection is lost within its body. */
function cutAnswer(type: string): Response {
  const parts = [new TextEncoder().encode('{"data":')];
  const body = new ReadableStream<Uint8Array>({
    pull: (out) => {
      const part = parts.shift();
      if (part) out.enqueue(part);
      else out.error(new TypeError('terminated'));
    },
  });
  return new Response(body, { headers: { 'content-type': type } });
}
const busy = (status: number, after = '0') => new Response('', { status, headers: { 'retry-after': after } });
const lost = new TypeError('fetch failed');
const keysOf = (requests: Request[]) => requests.map(({ headers }) => headers.get('idempotency-key'));

describe('a request of the client', () => {
  it.each([429, 503, 409])(
    'when it is answered with %i and Retry-After / is sent again, with the same key and body',
    async (status) => {
      const { requests, fetch } = server(busy(status), new Response('done'));
      const response = await fetch(URL_OF_CONTACT, { method: 'POST', body: '{"first_name":"Ann"}' });
      expect(await response.text()).toBe('done');
      expect(await Promise.all(requests.map((request) => request.text()))).toEqual([
        '{"first_name":"Ann"}',
        '{"first_name":"Ann"}',
      ]);
      const [key, again] = keysOf(requests);
      expect(key).toMatch(/^[\da-f-]{36}$/);
      expect(again).toBe(key);
    },
  );

  it('when the connection is lost / is sent again, a write under its key', async () => {
    const { requests, fetch } = server(lost, lost, new Response('done'));
    expect((await fetch(URL_OF_CONTACT, { method: 'PATCH', body: '{}' })).status).toBe(200);
    expect(new Set(keysOf(requests)).size).toBe(1);
  });

  it('when the connection is lost / waits before it is sent again', async () => {
    jest.useFakeTimers();
    try {
      const { requests, fetch } = server(lost, new Response('done'));
      const answer = fetch(URL_OF_CONTACT);
      await jest.advanceTimersByTimeAsync(50);
      expect(requests).toHaveLength(1);
      await jest.advanceTimersByTimeAsync(1_000);
      expect((await answer).status).toBe(200);
    } finally {
      jest.useRealTimers();
    }
  });

  it('when the connection is lost within an answer of JSON / is sent again, and the answer is whole', async () => {
    const { requests, fetch } = server(cutAnswer('application/json'), new Response('{"data":{"id":1}}'));
    const response = await fetch(URL_OF_CONTACT, { method: 'PATCH', body: '{}' });
    expect(await response.json()).toEqual({ data: { id: 1 } });
    expect(new Set(keysOf(requests)).size).toBe(1);
  });

  it.each(['application/x-ndjson', 'text/event-stream'])('when the answer is %s / returns it before its end', async (type) => {
    const answer = cutAnswer(type);
    const { fetch } = server(answer);
    expect(await fetch(URL_OF_CONTACT)).toBe(answer);
  });

  it('when a new token is asked for and the connection is lost / is not sent again: it could make two', async () => {
    const { requests, fetch } = server(lost);
    await expect(fetch('http://gateway/external/api/v1/tokens', { method: 'POST' })).rejects.toThrow('fetch failed');
    expect(keysOf(requests)).toEqual([null]);
  });

  it('when a new token is asked for / is sent again after 429, which made none, and not after 503, which may have made one', async () => {
    const tokens = 'http://gateway/external/api/v1/tokens';
    const limited = server(busy(429), new Response('done'));
    expect(await (await limited.fetch(tokens, { method: 'POST' })).text()).toBe('done');
    // The gateway passes over a key here.
    for (const headers of [{}, { 'Idempotency-Key': 'mine' }]) {
      const timedOut = server(busy(503), new Response('a second token'));
      expect((await timedOut.fetch(tokens, { method: 'POST', headers })).status).toBe(503);
      expect(timedOut.requests).toHaveLength(1);
    }
  });

  it('when the answer is final, asks for a long wait, or was the last attempt / is returned', async () => {
    for (const answer of [new Response('', { status: 409 }), new Response('', { status: 500 }), busy(503, '61')]) {
      const { fetch } = server(answer);
      expect(await fetch(URL_OF_CONTACT)).toBe(answer);
    }
    const { requests, fetch } = server(busy(503), busy(503), busy(503));
    expect((await fetch(URL_OF_CONTACT)).status).toBe(503);
    expect([requests.length, keysOf(requests)[0]]).toEqual([3, null]);
  });

  it('when the caller gives a key / keeps it', async () => {
    const { requests, fetch } = server(new Response('done'));
    await fetch(URL_OF_CONTACT, { method: 'PUT', headers: { 'Idempotency-Key': 'mine' } });
    expect(keysOf(requests)).toEqual(['mine']);
  });

  it.each([301, 302, 303, 307, 308])('when a write is redirected with %i / is not sent on, and throws', async (status) => {
    for (const method of ['POST', 'PATCH', 'PUT', 'DELETE']) {
      const moved = new Response(null, { status, headers: { location: 'https://gateway/' } });
      const { requests, fetch } = server(moved, new Response('that of another request'));
      await expect(fetch(URL_OF_CONTACT, { method })).rejects.toThrow(WriteRedirected);
      expect(requests.map(({ redirect }) => redirect)).toEqual(['manual']);
    }
  });

  it('when a read is redirected / follows', async () => {
    const { requests, fetch } = server(new Response('done'));
    await fetch(URL_OF_CONTACT);
    expect(requests.map(({ redirect }) => redirect)).toEqual(['follow']);
  });

  it.each(['GET', 'POST'])('when %s is answered with a page / throws, and sends nothing more', async (method) => {
    const page = new Response('<h1>Sign in</h1>', { headers: { 'content-type': 'text/html; charset=utf-8' } });
    const { requests, fetch } = server(page, new Response('done'));
    await expect(fetch(URL_OF_CONTACT, { method })).rejects.toThrow(PageAnswered);
    expect(requests).toHaveLength(1);
  });

  it('when the caller aborts / ends at once', async () => {
    const { fetch } = server(busy(503, '30'));
    const stop = new AbortController();
    const asked = fetch(URL_OF_CONTACT, { signal: stop.signal });
    setImmediate(() => stop.abort(new Error('enough')));
    await expect(asked).rejects.toThrow('enough');
  });
});

describe('the wait before a request is sent again', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  /** @returns the milliseconds between the answer and the next request */
  async function waitAfter(headers: Record<string, string>): Promise<number> {
    const times: number[] = [];
    const send: typeof fetch = () => {
      times.push(Date.now());
      return Promise.resolve(times.length === 1 ? new Response('', { status: 429, headers }) : new Response('done'));
    };
    const asked = resilientFetch({ fetch: send })(URL_OF_CONTACT);
    await jest.advanceTimersByTimeAsync(60_000);
    await asked;
    return times[1]! - times[0]!;
  }
  const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toUTCString();

  it('when it is asked for in seconds / is as long', async () => {
    expect(await waitAfter({ 'retry-after': '7' })).toBe(7_000);
  });

  it('when it is asked for as a date / is until then, by the clock of who answers', async () => {
    jest.setSystemTime(Date.UTC(2026, 10, 30));
    expect(await waitAfter({ 'retry-after': inSeconds(7) })).toBe(7_000);
    expect(await waitAfter({ 'retry-after': inSeconds(3_607), date: inSeconds(3_600) })).toBe(7_000);
    expect(await waitAfter({ 'retry-after': inSeconds(-7) })).toBe(0);
  });

  it.each(['', '1.5', '-1', 'soon', '2026-11-30'])('when it is asked for as %j / is the usual one', async (after) => {
    const ms = await waitAfter({ 'retry-after': after });
    expect(ms).toBeGreaterThanOrEqual(100);
    expect(ms).toBeLessThanOrEqual(200);
  });
});
