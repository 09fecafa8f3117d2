import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

type Value = { stringValue?: string; intValue?: number | string; doubleValue?: number; boolValue?: boolean };

/** A span as OTLP sends it as JSON. */
export interface ReceivedSpan {
  service: string;
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  startMs: number;
  endMs: number;
  attributes: Readonly<Record<string, string | number | boolean | undefined>>;
  links: readonly { traceId: string; spanId: string }[];
}

interface SentAttributes {
  attributes?: { key: string; value: Value }[];
}

interface Sent {
  resourceSpans: {
    resource: SentAttributes;
    scopeSpans: {
      spans: (SentAttributes & {
        name: string;
        kind: number;
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        startTimeUnixNano: string;
        endTimeUnixNano: string;
        links?: { traceId: string; spanId: string }[];
      })[];
    }[];
  }[];
}

/** A collector that takes OTLP over HTTP as JSON, refuses what breaks the protocol, and keeps the spans. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly refused: string[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<OtlpReceiver> {
    const server = createServer();
    const receiver = new OtlpReceiver(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const defect = receiver.take(request.url, request.headers['content-type'], Buffer.concat(chunks).toString());
        if (defect !== undefined) receiver.refused.push(defect);
        response.writeHead(defect === undefined ? 200 : 400, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  /** @returns why the request is refused */
  private take(url: string | undefined, type: string | undefined, text: string): string | undefined {
    if (url !== '/v1/traces' || type !== 'application/json') return `${url} ${type}`;
    const spans = (JSON.parse(text) as Sent).resourceSpans.flatMap(({ resource, scopeSpans }) => {
      const service = String(valuesOf(resource)['service.name']);
      return scopeSpans.flatMap(({ spans }) =>
        spans.map((span): ReceivedSpan => ({
          ...span,
          service,
          parentSpanId: span.parentSpanId || undefined,
          startMs: Number(BigInt(span.startTimeUnixNano) / 1_000n) / 1_000,
          endMs: Number(BigInt(span.endTimeUnixNano) / 1_000n) / 1_000,
          attributes: valuesOf(span),
          links: span.links ?? [],
        })),
      );
    });
    const defect = spans.find(({ traceId, spanId }) => !/^[0-9a-f]{32}$/.test(traceId) || !/^[0-9a-f]{16}$/.test(spanId));
    if (defect) return `ids of ${defect.name}`;
    this.spans.push(...spans);
    return undefined;
  }
}

const valuesOf = ({ attributes = [] }: SentAttributes): ReceivedSpan['attributes'] =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0] as string | undefined]));

/** A trace as text: a line a span, children below their parent, with the time since the trace's begin and the duration. */
export function traceAsText(spans: readonly ReceivedSpan[]): string {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const began = Math.min(...spans.map(({ startMs }) => startMs));
  const lines = (parent: string | undefined, depth: number): string[] =>
    spans
      .filter(({ parentSpanId }) => (parentSpanId !== undefined && known.has(parentSpanId) ? parentSpanId : undefined) === parent)
      .sort((a, b) => a.startMs - b.startMs)
      .flatMap(({ name, service, spanId, startMs, endMs }) => {
        const label = `${'  '.repeat(depth)}${name}`.padEnd(66);
        const times = `${(startMs - began).toFixed(1).padStart(7)} ms ${(endMs - startMs).toFixed(1).padStart(7)} ms`;
        return [`${label} ${service.replace('contact-sync-', '').padEnd(8)}${times}`, ...lines(spanId, depth + 1)];
      });
  return lines(undefined, 0).join('\n');
}
