import type { BeforeApplicationShutdown } from '@nestjs/common';
import type { EventFeed, FeedCursor } from '#app/messaging';
import { PeerWatch } from '#app/http';
import type { Caller } from '../callers/api-tokens.js';
import { assertValid, type FieldErrors } from '../wire/validation.error.js';
import type { EventStream } from './event-stream.js';
import { StreamsFull, TooManyStreams } from './event-stream.errors.js';
import type { LiveTokens } from './live-tokens.js';
import type { StreamedEvent } from './streamed-event.js';

/** Most streams of one process. */
export interface StreamLimits {
  perToken: number;
  perProcess: number;
}

/** Where a request's stream starts. */
interface StreamStart {
  /** The id of the last event that was taken; undefined: the stream starts with events published from now on. */
  cursor: string | undefined;
  /** Errors of the request's filter. */
  errors: FieldErrors;
}

/** A place among the streams of this process, and the stream's start in the topics. */
interface StreamSlot {
  place: FeedCursor;
  tokenId: string;
  /** Frees the slot. */
  release: () => void;
}

/** The streams of this process: it limits them, and ends each with its token and with the process. */
export class EventStreams implements BeforeApplicationShutdown {
  private readonly slots = new Map<string, number>();
  private readonly streams = new Set<EventStream>();
  /** A client whose network is gone sends no end: without this its slots would stay taken for a quarter of an hour. */
  private readonly peers = new PeerWatch();
  private taken = 0;
  private closing = false;

  constructor(
    private readonly feed: EventFeed<StreamedEvent>,
    private readonly tokens: LiveTokens,
    private readonly limits: StreamLimits,
  ) {}

  /**
   * Takes a slot and fixes the stream's start.
   * @throws {TooManyStreams} {@link StreamsFull}, `ValidationFailed` for errors of the request, and as `EventFeed.locate`
   */
  async reserve(
    { tokenId, familyId }: Pick<Caller, 'tokenId' | 'familyId'>,
    { cursor, errors }: StreamStart,
  ): Promise<StreamSlot> {
    const release = this.take(familyId);
    try {
      const isReadable = cursor === undefined || this.feed.isReadable(cursor);
      assertValid({ ...errors, ...(isReadable ? {} : { 'Last-Event-ID': ['is not an id of this stream'] }) });
      return { tokenId, release, place: await this.feed.locate(cursor) };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Runs a stream in its slot until either side ends it. */
  run({ tokenId, place, release }: StreamSlot, stream: EventStream): void {
    this.streams.add(stream);
    const unwatch = this.tokens.watch(tokenId, () => stream.end());
    if (stream.socket) this.peers.watch(stream.socket, () => stream.abort());
    void stream.closed.then(() => {
      this.streams.delete(stream);
      unwatch();
      release();
    });
    stream.open(this.feed.follow(place, stream));
    if (this.closing) stream.end();
  }

  /** Runs before the server waits for its connections: a client resumes on another process with its cursor. */
  async beforeApplicationShutdown(): Promise<void> {
    this.closing = true;
    const streams = [...this.streams];
    for (const stream of streams) stream.end();
    await Promise.all(streams.map(({ closed }) => closed));
    await this.feed.stop();
  }

  private take(familyId: string): () => void {
    const held = this.slots.get(familyId) ?? 0;
    if (held >= this.limits.perToken) throw new TooManyStreams();
    if (this.closing || this.taken >= this.limits.perProcess) throw new StreamsFull();
    this.slots.set(familyId, held + 1);
    this.taken++;
    return () => {
      this.taken--;
      const left = this.slots.get(familyId)! - 1;
      if (left > 0) this.slots.set(familyId, left);
      else this.slots.delete(familyId);
    };
  }
}
