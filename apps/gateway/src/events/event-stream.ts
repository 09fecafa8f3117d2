import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FeedListener } from '#app/messaging';
import { passes, type EventFilter } from './event-stream.dto.js';
import type { StreamedEvent } from './streamed-event.js';

const COMMENT_MS = 15_000;
/** A client that takes nothing for this time is disconnected. */
const STALLED_MS = 60_000;
/** How long the last bytes may take to be sent at the end. */
const END_MS = 1_000;

/** The start of a stream, and the signal that ends it. */
interface StreamSource {
  readonly cursor: string;
  stop(): void;
}

/** One open response of server-sent events. Holds no more than the socket's buffer: a slow client makes the source wait. */
export class EventStream implements FeedListener<StreamedEvent> {
  private source: StreamSource | undefined;
  private readonly comments: NodeJS.Timeout;
  private ended = false;
  /** Writes whose bytes the socket has not taken. */
  private pending = 0;
  /** Whether the last write found the buffer full. */
  private full = false;
  private waiting: (() => void) | undefined;
  /** Resolves when the response is over, whichever side ended it. */
  readonly closed: Promise<void>;

  constructor(
    private readonly response: ServerResponse,
    private readonly filter: EventFilter,
  ) {
    this.closed = new Promise((resolve) => response.once('close', resolve));
    void this.closed.then(() => this.end());
    response.on('error', () => this.end());
    this.comments = setInterval(() => this.comment('keep-alive'), COMMENT_MS);
  }

  /** The connection; null once it is closed. */
  get socket(): Socket | null {
    return this.response.socket;
  }

  /** Ends the response at once: the client takes no more bytes. */
  abort(): void {
    this.response.destroy();
  }

  /** Sends a source's events, and first its start: a client that is cut off early knows where to resume. */
  open(source: StreamSource): void {
    this.source = source;
    if (this.ended) source.stop();
    else this.comment('open');
  }

  take(event: StreamedEvent): boolean {
    if (this.ended) return false;
    if (!passes(this.filter, event)) return true;
    return this.write(`id: ${this.source!.cursor}\n${event.lines}\n`);
  }

  ready(): Promise<void> {
    if (this.ended || !this.full) return Promise.resolve();
    return new Promise((resolve) => {
      const stalled = setTimeout(() => this.response.destroy(), STALLED_MS);
      this.waiting = () => {
        clearTimeout(stalled);
        this.response.off('close', this.go);
        resolve();
      };
      this.response.on('close', this.go);
    });
  }

  /** Ends the response: the client returns with its cursor and gets the answer that it is no longer held. */
  lost(): void {
    this.end();
  }

  /** Ends the response in order; what the client does not take in time is cut off. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.comments);
    this.source?.stop();
    if (this.response.destroyed) return;
    this.response.end();
    const cut = setTimeout(() => this.response.destroy(), END_MS);
    void this.closed.then(() => clearTimeout(cut));
  }

  /** Sends an id, so that the client's cursor stays current though no event passes its filter. An id without data is no event. */
  private comment(text: string): void {
    if (!this.ended && !this.full) this.write(`: ${text}\nid: ${this.source?.cursor ?? ''}\n\n`);
  }

  /** Trap: a response can emit no 'drain' though its socket has taken all bytes. The callback of a write is always called. */
  private write(text: string): boolean {
    this.pending++;
    this.full = !this.response.write(text, this.taken);
    return !this.full;
  }

  private readonly taken = (): void => {
    if (--this.pending > 0) return;
    this.full = false;
    this.go();
  };

  private readonly go = (): void => {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.();
  };
}
