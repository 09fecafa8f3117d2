import { tracing, type OpenSpan } from '#app/tracing';
import type { FastifyRequest } from 'fastify';
import type { RequestContext } from './request-context.js';
import type { RequestEnd } from './request-log.js';
import { loggedPath } from './shown-path.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The request's span; null where tracing is off. */
    span: OpenSpan | null;
  }
}

/** Probes and scrapes come all the time and tell nothing. */
const UNTRACED = /^\/(health|metrics)(\/|\?|$)/;

/**
 * The context of a request. Where tracing is on it begins the request's span, continues the caller's trace, and puts the span in the place of
 * the caller's `traceparent`: events and later spans are the span's children.
 */
export function contextOf(request: FastifyRequest): RequestContext {
  const on = tracing();
  const { id: requestId, method, url, headers } = request;
  if (!on || UNTRACED.test(url)) return { requestId };
  const path = loggedPath(url);
  const parent = typeof headers['traceparent'] === 'string' ? headers['traceparent'] : undefined;
  const span = on.begin(method, { kind: 'server', parent, attributes: { 'http.request.method': method, 'url.path': path } });
  request.span = span;
  headers['traceparent'] = span.traceparent;
  return { requestId, trace_id: span.traceId, span_id: span.spanId };
}

/** Ends the span of a request. */
export function endRequestSpan(request: FastifyRequest, { status }: RequestEnd): void {
  const { span, method } = request;
  if (!span) return;
  const route = request.routeOptions.url;
  span.end({
    ...(route === undefined ? {} : { name: `${method} ${route}` }),
    attributes: { 'http.response.status_code': status, ...(route === undefined ? {} : { 'http.route': route }) },
    ...(status >= 500 ? { error: String(status) } : {}),
  });
}
