import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { exported, ExportCut } from './exported.js';
import { CursorExpired, follow, StreamRefused, type Followed } from './follow.js';
import { rows, type PageQuery } from './rows.js';

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('the rows of a list', () => {
  const pageOf = (ids: string[], after: number, perPage: number) => {
    const rest = ids.filter((id) => Number(id) > after).map((id) => ({ id }));
    return { data: { data: rest.slice(0, perPage), meta: { total: rest.length } } };
  };

  it('when there are several pages / begin each page after the last row of the one before', async () => {
    const ids = Array.from({ length: 201 }, (_, index) => String(index * 2 + 1));
    const asked: number[] = [];
    const read = ({ id, per_page }: PageQuery) => {
      asked.push(id.gt);
      return Promise.resolve(pageOf(ids, id.gt, per_page));
    };
    expect((await all(rows(read))).map(({ id }) => id)).toEqual(ids);
    expect(asked).toEqual([0, 199, 399]);
  });

  it('when the caller asks for fewer rows a page / has all of them', async () => {
    const read = ({ id }: PageQuery) => Promise.resolve(pageOf(['1', '2', '3', '4', '5'], id.gt, 2));
    expect((await all(rows(read))).map(({ id }) => id)).toEqual(['1', '2', '3', '4', '5']);
  });

  it.each([
    ['its own filter of ids', () => pageOf(['5', '6', '7'], 5, 1)],
    ['its own order', () => ({ data: { data: [{ id: '7' }, { id: '5' }], meta: { total: 3 } } })],
  ])('when the caller asks by %s / throws instead of rows that come twice, or never', async (_, read) => {
    await expect(all(rows(() => Promise.resolve(read())))).rejects.toThrow('`sort` and `id.gt`');
  });
});

describe('an export', () => {
  const of = (...chunks: string[]) => {
    const headers = { 'snapshot-cursor': 'AaD', 'snapshot-offsets': '{"t":{"0":5}}' };
    return exported<{ id: string }>(new Response(new Blob(chunks).stream(), { headers }));
  };

  it('when it is whole / gives its rows and its place in the events', async () => {
    const read = of('{"id":"1"}\n{"i', 'd":"2"}\n{"end":{"count":2}}\n');
    expect([read.cursor, read.offsets]).toEqual(['AaD', { t: { 0: 5 } }]);
    expect(await all(read)).toEqual([{ id: '1' }, { id: '2' }]);
  });

  it.each([
    ['its end is missing', '{"id":"1"}\n', 'It was cut after 1 rows.'],
    ['rows are missing', '{"end":{"count":2}}\n', '2 rows were announced, 0 came.'],
  ])('when %s / throws', async (_, text, message) => {
    await expect(all(of(text))).rejects.toThrow(new ExportCut(message));
  });
});

describe('the events that are followed', () => {
  const stream = (text: string) => Promise.resolve(new Response(new Blob([text]).stream()));
  const event = (id: string, version: number) => `id: ${id}\nevent: ContactUpdated\ndata: {"version":${version}}\n\n`;

  it('when the connection ends / goes on after the last one, and gives places without an event too', async () => {
    const asked: (string | undefined)[] = [];
    const answers = [': open\n\nid: a\n\n' + event('b', 1), event('c', 2)];
    const stop = new AbortController();
    const open = ({ 'Last-Event-ID': after }: Record<string, string>) => {
      asked.push(after);
      return stream(answers[asked.length - 1] ?? '');
    };
    const found: Followed<{ version: number }>[] = [];
    for await (const followed of follow<{ version: number }>({ open, signal: stop.signal })) {
      found.push(followed);
      if (found.length === 3) stop.abort();
    }
    expect(found).toEqual([
      { cursor: 'a', event: undefined },
      { cursor: 'b', event: { version: 1 } },
      { cursor: 'c', event: { version: 2 } },
    ]);
    expect(asked).toEqual([undefined, 'b']);
  });

  it('when a line break comes in two chunks / splits no event', async () => {
    const stop = new AbortController();
    const chunks = ['id: a\r', '\ndata: {"version":1}\r', '\n\r', '\n'];
    const body = new ReadableStream<Uint8Array>({
      pull: (out) => {
        const chunk = chunks.shift();
        if (chunk === undefined) out.close();
        else out.enqueue(new TextEncoder().encode(chunk));
      },
    });
    for await (const followed of follow({ open: () => Promise.resolve(new Response(body)), signal: stop.signal })) {
      expect(followed).toEqual({ cursor: 'a', event: { version: 1 } });
      stop.abort();
    }
  });

  it.each([
    [410, CursorExpired],
    [403, StreamRefused],
    [422, StreamRefused],
  ])('when the stream is refused with %i / throws', async (status, type) => {
    const open = () => Promise.resolve(new Response('why', { status }));
    await expect(all(follow({ open, after: 'x' }))).rejects.toThrow(type);
  });

  it('when the gateway is away / tries again', async () => {
    let asked = 0;
    const stop = new AbortController();
    const open = () => (++asked < 3 ? Promise.resolve(new Response('', { status: 503 })) : stream(event('a', 1)));
    for await (const { cursor } of follow({ open, signal: stop.signal })) {
      expect(cursor).toBe('a');
      stop.abort();
    }
    expect(asked).toBe(3);
  });
});

describe('the pauses between connections of a followed stream', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] }));
  afterEach(() => void jest.useRealTimers());

  /** Follows for a time, while each connection sends these texts, and ends after some seconds. @returns when each one was opened, in ms */
  async function opened(connection: { text: string; seconds: number }, forMs: number): Promise<number[]> {
    const [stop, times] = [new AbortController(), [] as number[]];
    const body = () =>
      new ReadableStream<Uint8Array>({
        start: (out) => {
          out.enqueue(new TextEncoder().encode(connection.text));
          setTimeout(() => out.close(), connection.seconds * 1_000);
        },
      });
    const open = () => (times.push(performance.now()), Promise.resolve(new Response(body())));
    const following = all(follow({ open, signal: stop.signal }));
    for (let passed = 0; passed < forMs; passed += 50) {
      await jest.advanceTimersByTimeAsync(50);
      await new Promise((turn) => setImmediate(turn));
    }
    stop.abort();
    await jest.advanceTimersByTimeAsync(connection.seconds * 1_000);
    await following;
    return times;
  }

  it('when each connection ends right after an event / grow', async () => {
    const times = await opened({ text: 'id: a\ndata: {}\n\n', seconds: 0.05 }, 30_000);
    expect(times.length).toBeLessThan(12);
  });

  it('when the gateway asks for a longer one / are as long', async () => {
    const [stop, times] = [new AbortController(), [] as number[]];
    const open = () => {
      times.push(performance.now());
      return Promise.resolve(new Response('', { status: 429, headers: { 'retry-after': '50' } }));
    };
    const following = all(follow({ open, signal: stop.signal }));
    await jest.advanceTimersByTimeAsync(120_000);
    stop.abort();
    await following;
    expect(times).toEqual([0, 50_000, 100_000].map((ms) => times[0]! + ms));
  });

  it('when each connection is quiet for twenty seconds, and ends / stay short', async () => {
    const times = await opened({ text: ': open\n\n', seconds: 20 }, 200_000);
    const gaps = times.slice(1).map((time, index) => time - times[index]! - 20_000);
    expect(gaps.length).toBeGreaterThan(7);
    expect(Math.max(...gaps)).toBeLessThan(500);
  });
});
