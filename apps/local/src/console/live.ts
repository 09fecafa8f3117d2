import type { FastifyReply } from 'fastify';

const HEARTBEAT_MS = 15_000;
/** A page that reads nothing is cut off; its browser connects again. */
const MOST_BUFFERED_BYTES = 8 * 1024 * 1024;

/** The pages that are open, each with a stream of server-sent events. */
export class Live {
  private readonly pages = new Set<FastifyReply['raw']>();
  private readonly heartbeat = setInterval(() => this.write(':\n\n'), HEARTBEAT_MS).unref();

  get isWatched(): boolean {
    return this.pages.size > 0;
  }

  /** Adds a page; `first` is what it has missed. */
  add(reply: FastifyReply, first: readonly [name: string, data: unknown][]): void {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { ...reply.getHeaders(), 'Content-Type': 'text/event-stream' } as Record<string, string>);
    for (const [name, data] of first) raw.write(messageOf(name, data));
    this.pages.add(raw);
    raw.on('close', () => this.pages.delete(raw));
    raw.on('error', () => undefined);
  }

  send(name: string, data: unknown): void {
    if (this.isWatched) this.write(messageOf(name, data));
  }

  close(): void {
    clearInterval(this.heartbeat);
    for (const page of this.pages) page.destroy();
  }

  private write(text: string): void {
    for (const page of this.pages) {
      if (page.writableLength > MOST_BUFFERED_BYTES) page.destroy();
      else page.write(text);
    }
  }
}

const messageOf = (name: string, data: unknown): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
