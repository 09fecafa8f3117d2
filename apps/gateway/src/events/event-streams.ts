import type { BeforeApplicationShutdown } from '@nestjs/common';
import { UnreadableCursor, type EventFeed, type FeedPlace } from '#app/messaging';
import { PeerWatch } from '#app/http';
import type { Caller } from '../callers/api-tokens.js';
import { ValidationFailed } from '../wire/validation.error.js';
import type { EventStream } from './event-stream.js';
import { StreamsFull, TooManyStreams } from './event-stream.errors.js';
import type { LiveTokens } from './live-tokens.js';
import type { StreamedEvent } from './streamed-event.js';

/** How many streams one process serves. */
export interface StreamLimits {
  perToken: number;
  perProcess: number;
}

/** A place among the streams of this process, and where in the topics it begins. */
interface StreamSlot {
  place: FeedPlace;
  tokenId: string;
  /** Gives the slot to somebody else. */
  release: () => void;
}

/** The streams of this process: how many there are and whose, and that each ends with its token and with the process. */
export class EventStreams implements BeforeApplicationShutdown {
  private readonly slots = new Map<string, number>();
  private readonly streams = new Set<EventStream>();
  /** A client whose network is gone sends no end: its slots would stay taken for a quarter of an hour. */
  private readonly peers = new PeerWatch();
  private taken = 0;
  private closing = false;

  constructor(
    private readonly feed: EventFeed<StreamedEvent>,
    private readonly tokens: LiveTokens,
    private readonly limits: StreamLimits,
  ) {}

  /**
   * Takes a slot and fixes where its stream begins.
   * @param readCursor called once there is a slot; undefined begins with what is published from now on
   * @throws {TooManyStreams} {@link StreamsFull}, and as `EventFeed.locate`
   */
  async reserve(
    { tokenId, familyId }: Pick<Caller, 'tokenId' | 'familyId'>,
    readCursor: () => string | undefined,
  ): Promise<StreamSlot> {
    const release = this.take(familyId);
    try {
      return { tokenId, release, place: await this.feed.locate(readCursor()) };
    } catch (error) {
      release();
      if (error instanceof UnreadableCursor) throw new ValidationFailed({ 'Last-Event-ID': ['is not an id of this stream'] });
      throw error;
    }
  }

  /** Lets a stream run in its slot until either side ends it. */
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

  /** Before the server waits for its connections: a client goes on elsewhere with its cursor. */
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
