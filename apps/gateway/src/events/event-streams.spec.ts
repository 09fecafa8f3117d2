import { describe, expect, it } from '@jest/globals';
import type { EventFeed, FeedCursor } from '#app/messaging';
import type { EventStream } from './event-stream.js';
import { EventStreams } from './event-streams.js';
import type { LiveTokens } from './live-tokens.js';
import type { StreamedEvent } from './streamed-event.js';

const caller = { tokenId: '1', familyId: '1' };
const start = { cursor: undefined, errors: {} };

/** The streams of a process, and what has happened, in order. */
function streamsOf() {
  const happened: string[] = [];
  const feed = {
    locate: () => Promise.resolve({} as FeedCursor),
    follow: () => ({}),
    stop: () => Promise.resolve(void happened.push('feed stopped')),
  } as unknown as EventFeed<StreamedEvent>;
  const tokens = { watch: () => () => undefined } as unknown as LiveTokens;
  return { happened, streams: new EventStreams(feed, tokens, { perToken: 9, perProcess: 9 }) };
}

/** A stream that its client closes. */
function streamOf(happened: string[]) {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const stream = { socket: null, closed, open: () => undefined, end: () => void happened.push('stream ended') };
  const close = () => (happened.push('stream closed'), resolve());
  return { stream: stream as unknown as EventStream, close };
}

describe('when a process with event streams stops', () => {
  it('and one is open / ends it, and stops reading the topics once it is closed', async () => {
    const { happened, streams } = streamsOf();
    const { stream, close } = streamOf(happened);
    streams.run(await streams.reserve(caller, start), stream);
    const stopped = streams.beforeApplicationShutdown();
    await Promise.resolve();
    close();
    await stopped;
    expect(happened).toEqual(['stream ended', 'stream closed', 'feed stopped']);
  });

  it('and one is about to open / ends it too, and opens no further one', async () => {
    const { happened, streams } = streamsOf();
    const slot = await streams.reserve(caller, start);
    await streams.beforeApplicationShutdown();
    streams.run(slot, streamOf(happened).stream);
    expect(happened).toEqual(['feed stopped', 'stream ended']);
    await expect(streams.reserve(caller, start)).rejects.toMatchObject({ code: 'streams_full' });
  });
});
