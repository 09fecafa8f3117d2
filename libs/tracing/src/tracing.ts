/** What a span is, by the conventions of OpenTelemetry. */
export type SpanKind = 'internal' | 'server' | 'producer' | 'consumer';

type Attributes = Record<string, string | number | boolean>;

/** How a span begins. Traces are named by the W3C `traceparent` of the parent span. */
export interface SpanStart {
  /** @default 'internal' */
  kind?: SpanKind;
  /** Without a parent the span begins a trace. */
  parent?: string | null | undefined;
  /** `traceparent` of spans that share this one's work. */
  links?: readonly string[];
  /** Milliseconds since 1970. @default now */
  at?: number;
  attributes?: Attributes;
}

/** How a span ends. */
export interface SpanEnd {
  name?: string;
  /** Milliseconds since 1970. @default now */
  at?: number;
  attributes?: Attributes;
  /** Why the work failed; only its kind is recorded, since a message can contain data. */
  error?: unknown;
}

/** A span that has begun. */
export interface OpenSpan {
  /** Names this span as the parent of others. */
  readonly traceparent: string;
  readonly traceId: string;
  readonly spanId: string;
  end(how?: SpanEnd): void;
}

/** Records spans and sends them to a collector. */
export interface Tracing {
  begin(name: string, start?: SpanStart): OpenSpan;
  /** Sends what is recorded, as far as the collector takes it within a second, and ends. */
  close(): Promise<void>;
}

/** Where spans are sent. */
export interface TracingOptions {
  /** Name of the app, for instance `contact-sync-gateway`. */
  service: string;
  version: string;
  /** Base URL of a collector that takes OTLP over HTTP. */
  endpoint: string;
  /** Share of the traces that begin here, from 0 to 1. A caller's decision about its own trace is kept. */
  share: number;
}

let active: Tracing | undefined;

/** The tracing of this process; undefined where it is off, so that `tracing()?.begin(…)` costs one comparison then. */
export const tracing = (): Tracing | undefined => active;

/** Switches tracing on. The libraries are loaded only here. */
export async function startTracing(options: TracingOptions): Promise<Tracing> {
  const { openTelemetry } = await import('./open-telemetry.js');
  const started = openTelemetry(options);
  active = {
    begin: (name, start) => started.begin(name, start),
    close: async () => {
      active = undefined;
      await started.close();
    },
  };
  return active;
}
