import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EventStream } from './event-stream.js';
import type { StreamedEvent } from './streamed-event.js';

/** A response that records what is written, and reports a full buffer when the test says so. */
class FakeResponse extends EventEmitter {
  written = '';
  writableNeedDrain = false;
  destroyed = false;
  ended = false;

  private readonly taken: (() => void)[] = [];

  write(text: string, taken: () => void): boolean {
    this.written += text;
    this.taken.push(taken);
    return !this.writableNeedDrain;
  }
  /** The socket takes all bytes. */
  flush(): void {
    for (const each of this.taken.splice(0)) each();
  }
  end(): void {
    this.ended = true;
  }
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

let response: FakeResponse;
let source: { cursor: string; stop: jest.Mock<() => void> };

beforeEach(() => {
  jest.useFakeTimers();
  response = new FakeResponse();
  source = { cursor: 'c1', stop: jest.fn() };
});
afterEach(() => void jest.useRealTimers());

function open(filter: Partial<StreamedEvent> = {}): EventStream {
  const stream = new EventStream(response as unknown as ServerResponse, { contactId: filter.contactId, type: filter.name });
  stream.open(source);
  response.written = '';
  return stream;
}

const event: StreamedEvent = {
  name: 'ContactUpdated',
  contactId: 7,
  companyId: undefined,
  changed: ['email'],
  lines: 'event: ContactUpdated\ndata: {}\n',
};

describe('an event stream', () => {
  it('when it opens / sends a comment with its start cursor', () => {
    new EventStream(response as unknown as ServerResponse, { contactId: undefined, type: undefined }).open(source);
    expect(response.written).toBe(': open\nid: c1\n\n');
  });

  it('when an event comes / sends it with the cursor after it, ended by an empty line', () => {
    const stream = open();
    source.cursor = 'c2';
    expect(stream.take(event)).toBe(true);
    expect(response.written).toBe('id: c2\nevent: ContactUpdated\ndata: {}\n\n');
  });

  it.each<[string, (stream: EventStream) => unknown]>([
    ['its response fails', () => response.emit('error', new Error('write after end'))],
    ['its place in the topics is no longer held', (stream) => stream.lost()],
  ])('when %s / ends, and lets its source go', (_, act) => {
    const stream = open();
    act(stream);
    expect([response.ended, source.stop.mock.calls.length, stream.take(event)]).toEqual([true, 1, false]);
  });

  it('when no event comes / sends a comment each 15 s with its cursor, and none after its end', () => {
    const stream = open();
    jest.advanceTimersByTime(14_999);
    expect(response.written).toBe('');
    source.cursor = 'c9';
    jest.advanceTimersByTime(1);
    expect(response.written).toBe(': keep-alive\nid: c9\n\n');
    jest.advanceTimersByTime(30_000);
    expect(response.written.match(/keep-alive/g)).toHaveLength(3);
    stream.end();
    jest.advanceTimersByTime(60_000);
    expect(response.written.match(/keep-alive/g)).toHaveLength(3);
  });

  it('when an event does not pass its filter / skips it, and asks for more', () => {
    expect(open({ contactId: 8 }).take(event)).toBe(true);
    expect(open({ name: 'ContactCreated' }).take(event)).toBe(true);
    expect(response.written).toBe('');
  });
});

describe('when the client of an event stream is slow', () => {
  it('and events wait / asks for no more until they are sent', async () => {
    const stream = open();
    response.writableNeedDrain = true;
    expect(stream.take(event)).toBe(false);
    let isReady = false;
    const ready = stream.ready().then(() => (isReady = true));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(isReady).toBe(false);
    response.writableNeedDrain = false;
    response.flush();
    await ready;
    expect(response.destroyed).toBe(false);
  });

  it('and its socket takes all bytes without a drain of the response / goes on', async () => {
    const stream = open();
    response.writableNeedDrain = true;
    expect(stream.take(event)).toBe(false);
    response.flush();
    await stream.ready();
    expect([response.destroyed, response.listenerCount('close')]).toEqual([false, 1]);
  });

  it('and a minute passes / adds no comments, and disconnects it', async () => {
    const stream = open();
    response.writableNeedDrain = true;
    stream.take(event);
    const before = response.written;
    const ready = stream.ready();
    await jest.advanceTimersByTimeAsync(59_999);
    expect({ written: response.written, destroyed: response.destroyed }).toEqual({ written: before, destroyed: false });
    await jest.advanceTimersByTimeAsync(1);
    await ready;
    expect(response.destroyed).toBe(true);
    await stream.closed;
    expect(source.stop).toHaveBeenCalled();
  });
});

describe('when an event stream ends', () => {
  it('and events come / accepts none, and has stopped its source', () => {
    const stream = open();
    stream.end();
    expect(source.stop).toHaveBeenCalledTimes(1);
    expect(response.ended).toBe(true);
    expect(stream.take(event)).toBe(false);
    expect(response.written).toBe('');
  });

  it('and its client does not take the rest within a second / cuts it off', () => {
    open().end();
    jest.advanceTimersByTime(999);
    expect(response.destroyed).toBe(false);
    jest.advanceTimersByTime(1);
    expect(response.destroyed).toBe(true);
  });

  it('and its source arrives only then / stops it', () => {
    const stream = new EventStream(response as unknown as ServerResponse, { contactId: undefined, type: undefined });
    stream.end();
    stream.open(source);
    expect(source.stop).toHaveBeenCalled();
  });

  it('and the client is gone / stops its source', async () => {
    const stream = open();
    response.emit('close');
    await stream.closed;
    expect(source.stop).toHaveBeenCalled();
  });
});
