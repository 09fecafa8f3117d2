import { BASE_PATH } from '../apps/gateway/src/wire/base-path.js';

/** An event as a client of the stream gets it. */
export interface StreamedMessage {
  id: string;
  event: string;
  data: any;
}

/** A reader of server-sent events by the HTML standard, as far as the stream uses it. */
export class EventStreamClient {
  readonly events: StreamedMessage[] = [];
  readonly comments: string[] = [];
  /** The whole received text. */
  raw = '';
  /** The next `Last-Event-ID` of a client. */
  lastEventId = '';
  isOver = false;

  private constructor(
    readonly response: Response,
    private readonly aborting: AbortController,
  ) {}

  /** Resolves when the head of the response has arrived. */
  static async open(url: string, token: string, query = '', headers: Record<string, string> = {}): Promise<EventStreamClient> {
    const aborting = new AbortController();
    const response = await fetch(`${url}${BASE_PATH}/events/stream${query}`, {
      headers: { authorization: `Bearer ${token}`, ...headers },
      signal: aborting.signal,
    });
    const client = new EventStreamClient(response, aborting);
    void client.read();
    return client;
  }

  close(): void {
    this.aborting.abort();
  }

  private async read(): Promise<void> {
    try {
      const decoder = new TextDecoder();
      let rest = '';
      for await (const bytes of this.response.body!) {
        const text = decoder.decode(bytes, { stream: true });
        this.raw += text;
        const blocks = (rest + text).split('\n\n');
        rest = blocks.pop()!;
        for (const block of blocks) this.take(block.split('\n'));
      }
    } catch {
      // The stream was aborted: the received part stays.
    } finally {
      this.isOver = true;
    }
  }

  private take(lines: string[]): void {
    const fields = new Map<string, string>();
    for (const line of lines) {
      const at = line.indexOf(':');
      if (at === 0) this.comments.push(line.slice(1).trim());
      else fields.set(line.slice(0, at), line.slice(at + 1).replace(/^ /, ''));
    }
    this.lastEventId = fields.get('id') ?? this.lastEventId;
    const data = fields.get('data');
    if (data === undefined) return;
    this.events.push({ id: this.lastEventId, event: fields.get('event') ?? 'message', data: JSON.parse(data) });
  }
}
