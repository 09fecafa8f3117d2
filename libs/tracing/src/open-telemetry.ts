import { setTimeout as delay } from 'node:timers/promises';
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Link,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { readTraceparent, traceparentOf } from './traceparent.js';
import type { OpenSpan, SpanEnd, SpanStart, Tracing, TracingOptions } from './tracing.js';

const KINDS = { internal: SpanKind.INTERNAL, server: SpanKind.SERVER, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER };
/** At most this many spans wait for a slow collector; further ones are dropped. */
const QUEUE = 8_192;
const SEND_EVERY_MS = 1_000;
/** How long the end of a process waits for the collector. */
const CLOSE_MS = 1_000;

/** Tracing by OpenTelemetry. Spans are begun by hand: automatic instrumentation of ES modules records nothing, and says nothing. */
export function openTelemetry({ service, version, endpoint, share }: TracingOptions): Tracing {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': service,
      'service.version': version,
      'service.instance.id': String(process.pid),
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) }),
    spanProcessors: [new BatchSpanProcessor({ exporter, maxQueueSize: QUEUE, scheduledDelayMillis: SEND_EVERY_MS })],
  });
  const tracer = provider.getTracer('contact-sync', version);
  return {
    begin: (name, start = {}) => new BegunSpan(tracer.startSpan(name, optionsOf(start), parentOf(start))),
    // It tries again for ten seconds where no collector answers, and fails where one refuses the rest: what follows in a shutdown would
    // have no time, or would not run.
    close: () => Promise.race([provider.shutdown().catch(() => undefined), delay(CLOSE_MS, undefined, { ref: false })]),
  };
}

class BegunSpan implements OpenSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceparent: string;

  constructor(private readonly span: Span) {
    const context = span.spanContext();
    this.traceId = context.traceId;
    this.spanId = context.spanId;
    this.traceparent = traceparentOf(context);
  }

  end({ name, at, attributes, error }: SpanEnd = {}): void {
    const { span } = this;
    if (name !== undefined) span.updateName(name);
    if (attributes) span.setAttributes(attributes);
    if (error !== undefined) {
      span.setAttribute('error.type', error instanceof Error ? error.name : typeof error === 'string' ? error : 'unknown');
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end(at);
  }
}

function optionsOf({ kind = 'internal', links = [], at, attributes }: SpanStart) {
  return {
    kind: KINDS[kind],
    links: links.map((link) => readTraceparent(link)).flatMap((context): Link[] => (context ? [{ context }] : [])),
    ...(attributes ? { attributes } : {}),
    ...(at === undefined ? {} : { startTime: at }),
  };
}

function parentOf({ parent }: SpanStart): Context {
  const context: SpanContext | undefined = parent ? readTraceparent(parent) : undefined;
  return context ? trace.setSpanContext(ROOT_CONTEXT, context) : ROOT_CONTEXT;
}
