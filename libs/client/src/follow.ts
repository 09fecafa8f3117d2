import { backOffMs, pause, retryAfterMs } from './resilient-fetch.js';
import { blocksOf } from './server-sent-events.js';

/** A comment comes each 15 s: after three of them the connection is dead. */
const SILENCE_MS = 45_000;
/** A connection that lasts so long was sound: the pause after it is the shortest. */
const SOUND_MS = 10_000;

/** The events behind the cursor are no longer held: start again from an export. */
export class CursorExpired extends Error {
  override readonly name = 'CursorExpired';
}

/** The stream was refused, for instance for a missing scope. */
export class StreamRefused extends Error {
  override readonly name = 'StreamRefused';

  constructor(
    readonly status: number,
    text: string,
  ) {
    super(`The stream was refused with ${status}: ${text}`);
  }
}

/** An event, and where to go on after it. */
export interface Followed<Event> {
  /** As `after` of a later call. */
  cursor: string;
  /** Undefined for a place alone, which comes now and then where a filter lets no event pass. */
  event: Event | undefined;
}

interface Following {
  /** Opens the stream, from now on or after a cursor; it is called again after what passes. */
  open: (headers: Record<string, string>, signal: AbortSignal) => Promise<Response>;
  /** Goes on after this cursor. */
  after?: string;
  signal?: AbortSignal;
}

/**
 * Events as they come, over lost connections: it goes on after the last one that was taken. An event can come twice; the greater version wins.
 * @throws {CursorExpired} @throws {StreamRefused}
 */
export async function* follow<Event>({ open, after, signal }: Following): AsyncGenerator<Followed<Event>, void> {
  let cursor = after;
  for (let failures = 0; !signal?.aborted;) {
    const silence = new Silence(signal);
    let openedAt = Infinity;
    let askedMs = 0;
    try {
      const response = await open(cursor === undefined ? {} : { 'Last-Event-ID': cursor }, silence.signal);
      askedMs = retryAfterMs(response.headers) ?? 0;
      await requireStream(response);
      openedAt = performance.now();
      for await (const followed of read<Event>(response, silence)) {
        cursor = followed.cursor;
        yield followed;
      }
    } catch (error) {
      if (error instanceof CursorExpired || error instanceof StreamRefused) throw error;
      if (signal?.aborted) return;
    } finally {
      silence.end();
    }
    failures = performance.now() - openedAt < SOUND_MS ? failures + 1 : 1;
    await pause(Math.max(askedMs, backOffMs(failures)), signal).catch(() => undefined);
  }
}

async function requireStream(response: Response): Promise<void> {
  if (response.ok && response.body) return;
  const text = await response.text();
  if (response.status === 410) throw new CursorExpired(text);
  if (response.status < 500 && response.status !== 429) throw new StreamRefused(response.status, text);
  throw new Error(`The stream is away: ${response.status}`);
}

async function* read<Event>({ body }: Response, silence: Silence): AsyncGenerator<Followed<Event>, void> {
  const heard = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, out) => {
      silence.heard();
      out.enqueue(chunk);
    },
  });
  for await (const { id, data } of blocksOf(body!.pipeThrough(heard)))
    if (id !== undefined) yield { cursor: id, event: data === undefined ? undefined : (JSON.parse(data) as Event) };
}

/** Ends a connection on which nothing comes. */
class Silence {
  private readonly ended = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly stop = (): void => this.ended.abort();

  constructor(private readonly outer: AbortSignal | undefined) {
    outer?.addEventListener('abort', this.stop, { once: true });
    this.heard();
  }

  get signal(): AbortSignal {
    return this.ended.signal;
  }

  heard(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.stop, SILENCE_MS);
  }

  end(): void {
    clearTimeout(this.timer);
    this.outer?.removeEventListener('abort', this.stop);
    this.ended.abort();
  }
}
