import type { IncomingMessage } from 'node:http';
import type { ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger as PinoLogger } from 'pino';
import { KEEP_ALIVE_SECONDS } from '#app/settings';
import { startTracing, type TracingOptions } from '#app/tracing';
import { answerHeaders } from './answer-headers.js';
import type { ApiError } from './api-error.js';
import { hostHeaderError, isLoopback, otherHostError } from './misdirected.js';
import { BODY_LIMIT_BYTES, parseJsonBodies, prepareContentType } from './body.js';
import { answerClientError } from './client-error.js';
import { Drain } from './drain.js';
import { EdgeModule } from './edge.module.js';
import { ErrorFilter, type ErrorTable } from './error.filter.js';
import { readForwardedAddress, warnOfForwardedAddresses } from './forwarded-address.js';
import { KnownRoutes } from './known-routes.js';
import { Metrics } from './metrics/metrics.js';
import { withoutFragment } from './path-of.js';
import { requestIdFrom, runInContext } from './request-context.js';
import { requestLog, UNANSWERED, type DescribeRequest } from './request-log.js';
import { contextOf, endRequestSpan } from './request-span.js';

/** How long a request's head, and the whole request, may take to arrive. */
const REQUEST_TIMEOUT_MS = 15_000;
/** After this many such times without progress a connection is closed: its client does not read the answer. */
const SILENCE_FACTOR = 4;

/** What differs between the apps' HTTP edges. */
interface HttpAppOptions {
  /** The app's root module. */
  module: NonNullable<ModuleMetadata['imports']>[number];
  logger: PinoLogger;
  /** The app's part of the table from error to answer. */
  errors: ErrorTable;
  /** Trusted senders of `X-Forwarded-For`: own proxies, by address or by hops. */
  trustProxy?: number | string | false;
  /** Connections beyond this number are closed at once. */
  maxConnections: number;
  /** How long an idle connection stays open. @default KEEP_ALIVE_SECONDS */
  keepAliveSeconds?: number;
  /** @default REQUEST_TIMEOUT_MS */
  requestTimeoutMs?: number;
  /** How long a process still serves after SIGTERM while it reports not ready, in milliseconds. */
  shutdownNoticeMs?: number;
  /** Below it, a path with a doubled or a trailing slash is an unknown route. */
  basePath?: string;
  /** The caller's part of a request's log line. @default its address block */
  describeRequest?: DescribeRequest;
  /** Where the app listens: an app that listens only on its own machine rejects requests for other hosts. */
  host?: string | undefined;
  /** Where spans are sent; absent: nothing is traced. */
  tracing?: TracingOptions | undefined;
  /** Adds the app's own hooks, before its routes are registered. */
  configure?: (fastify: FastifyInstance) => void;
}

/** What admits requests. */
interface Edge {
  drain: Drain;
  routes: KnownRoutes;
}

/** A Nest application on Fastify, with the bodies, errors, request ids and request log of both apps; it does not listen yet. */
export async function createHttpApp(options: HttpAppOptions): Promise<NestFastifyApplication> {
  const { requestTimeoutMs = REQUEST_TIMEOUT_MS, keepAliveSeconds = KEEP_ALIVE_SECONDS } = options;
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: 1_000 * keepAliveSeconds,
    connectionTimeout: SILENCE_FACTOR * requestTimeoutMs,
    http: {
      headersTimeout: requestTimeoutMs,
      // By default Node checks for late requests only every half minute.
      connectionsCheckingInterval: Math.min(1_000, requestTimeoutMs),
      // Node would answer a missing Host by itself, without a body; `hostHeaderError` does.
      requireHostHeader: false,
    },
    clientErrorHandler: answerClientError,
    genReqId: (request: IncomingMessage) => requestIdFrom(request.headers['x-request-id']),
    rewriteUrl: ({ url = '/' }) => withoutFragment(url),
    trustProxy: trustOf(options.trustProxy),
    // The router does not match a longer parameter; Node limits the length of the request line.
    routerOptions: { maxParamLength: Number.MAX_SAFE_INTEGER },
    // At shutdown, requests on open connections are served, and their answers close the connection.
    return503OnClosing: false,
    // Hooks do not see these requests: the router could not decode them.
    frameworkErrors: (_: Error, request: FastifyRequest, reply: FastifyReply) => {
      tellAtEnd(request, reply);
      filter.answerMalformed(request, reply);
    },
    skipMiddie: true,
    logger: false,
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  fastify.server.maxConnections = options.maxConnections;
  // An unknown expectation may be ignored (RFC 9110, 10.1.1). Node would answer 417 by itself.
  fastify.server.on('checkExpectation', (...exchange) => void fastify.server.emit('request', ...exchange));
  const drain = new Drain(options.shutdownNoticeMs ?? 0);
  drain.watch(fastify.server);
  const routes = new KnownRoutes(fastify, options.basePath);
  const filter = new ErrorFilter(options.errors, routes);
  parseJsonBodies(fastify);
  if (options.tracing) {
    const tracing = await startTracing(options.tracing);
    fastify.addHook('onClose', () => tracing.close());
  }
  fastify.decorateRequest('span', null);
  const tellAtEnd = tellerOfRequests(options, () => app.get<Metrics, Metrics>(Metrics));
  fastify.addHook('onRequest', (request, reply, done) => {
    tellAtEnd(request, reply);
    done();
  });
  admitRequests(fastify, options, { drain, routes });
  fastify.addHook('preClose', () => drain.finish(fastify.server));
  options.configure?.(fastify);

  const module = EdgeModule.around(options.module, drain);
  const app: NestFastifyApplication = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    bodyParser: false,
    abortOnError: false,
    bufferLogs: true,
  });
  app.useLogger(app.get(Logger));
  app.useGlobalFilters(filter);
  drain.noteSignals();
  app.enableShutdownHooks();
  return app;
}

/** Fastify's number counts the skipped addresses, including the socket's own. */
const trustOf = (trusted: HttpAppOptions['trustProxy'] = false) =>
  typeof trusted === 'number' ? (_address: string, hop: number) => hop < trusted : trusted;

/**
 * Prepares each request, and rejects what no route serves: before authentication, and before a body is read. One hook does all of it.
 */
function admitRequests(fastify: FastifyInstance, { trustProxy, host }: HttpAppOptions, { drain, routes }: Edge): void {
  const readForwarded = trustProxy === false ? warnOfForwardedAddresses() : trustProxy ? readForwardedAddress : undefined;
  const isLocal = isLoopback(host);
  const errorOf = (request: FastifyRequest): ApiError | undefined =>
    hostHeaderError(request) ?? (isLocal ? otherHostError(request) : undefined) ?? routes.errorFor(request);
  fastify.addHook('onRequest', (request, reply, done) =>
    drain.admit(() => {
      readForwarded?.(request);
      void reply.headers(answerHeaders(request.id));
      prepareContentType(request);
      runInContext(contextOf(request), () => done(errorOf(request)));
    }),
  );
}

/** Tells traces, log and metrics of a request at its end: when it is answered, or its connection is closed before. */
function tellerOfRequests({ logger, describeRequest }: HttpAppOptions, findMetrics: () => Metrics) {
  const log = requestLog(logger, describeRequest);
  let metrics: Metrics | undefined;
  return (request: FastifyRequest, reply: FastifyReply): void => {
    const began = performance.now();
    // A closed socket does not know its peer, unless it was asked before.
    void request.socket.remoteAddress;
    // Trap: Fastify's `onResponse` is not called where the connection is closed first.
    reply.raw.once('close', () => {
      const end = { status: reply.raw.headersSent ? reply.statusCode : UNANSWERED, ms: performance.now() - began };
      endRequestSpan(request, end);
      log(request, end);
      (metrics ??= findMetrics()).ended({ method: request.method, route: request.routeOptions.url, ...end });
    });
  };
}
