import type { IncomingMessage } from 'node:http';
import type { ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger as PinoLogger } from 'pino';
import { KEEP_ALIVE_SECONDS } from '#app/settings';
import { startTracing, type TracingOptions } from '#app/tracing';
import { addressBlock } from './address-block.js';
import { addAnswerHeaders } from './answer-headers.js';
import { isLoopback, refuseOtherHosts, refuseSecondHost } from './misdirected.js';
import { BODY_LIMIT_BYTES, parseJsonBodies, prepareContentType } from './body.js';
import { answerClientError } from './client-error.js';
import { Drain } from './drain.js';
import { EdgeModule } from './edge.module.js';
import { ErrorFilter, type ErrorTable } from './error.filter.js';
import { readForwardedAddresses, warnOfForwardedAddresses } from './forwarded-address.js';
import { KnownRoutes } from './known-routes.js';
import { requestLog } from './logging.js';
import { Metrics } from './metrics/metrics.js';
import { requestIdFrom, runInContext } from './request-context.js';
import { contextOf, endRequestSpans } from './request-span.js';

/** How long a request's head, and the whole request, may take to arrive. */
export const REQUEST_TIMEOUT_MS = 15_000;
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
  /** More fields of a request's log line. @default its address block */
  describeRequest?: (request: FastifyRequest) => Record<string, unknown>;
  /** Where the app listens: an app that listens only on its own machine rejects requests for other hosts. */
  host?: string | undefined;
  /** Where spans are sent; absent: nothing is traced. */
  tracing?: TracingOptions | undefined;
  /** Adds the app's own hooks, before its routes are registered. */
  configure?: (fastify: FastifyInstance) => void;
}

/** A Nest application on Fastify, with the bodies, errors, request ids and request log of both apps; it does not listen yet. */
export async function createHttpApp(options: HttpAppOptions): Promise<NestFastifyApplication> {
  const { requestTimeoutMs = REQUEST_TIMEOUT_MS, keepAliveSeconds = KEEP_ALIVE_SECONDS } = options;
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: 1_000 * keepAliveSeconds,
    connectionTimeout: SILENCE_FACTOR * requestTimeoutMs,
    // By default Node checks for late requests only every half minute.
    http: { headersTimeout: requestTimeoutMs, connectionsCheckingInterval: Math.min(1_000, requestTimeoutMs) },
    clientErrorHandler: answerClientError,
    genReqId: (request: IncomingMessage) => requestIdFrom(request.headers['x-request-id']),
    trustProxy: trustOf(options.trustProxy),
    // The router does not match a longer parameter; Node limits the length of the request line.
    routerOptions: { maxParamLength: Number.MAX_SAFE_INTEGER },
    // At shutdown, requests on open connections are served, and their answers close the connection.
    return503OnClosing: false,
    frameworkErrors: (_: Error, request: FastifyRequest, reply: FastifyReply) =>
      filter.answerMalformed(request, reply.header('X-Request-Id', request.id)),
    skipMiddie: true,
    logger: false,
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  fastify.server.maxConnections = options.maxConnections;
  const drain = new Drain(options.shutdownNoticeMs ?? 0);
  drain.watch(fastify.server);
  fastify.addHook('onRequest', (_request, _reply, done) => drain.admit(done));
  const routes = new KnownRoutes(fastify, options.basePath);
  const filter = new ErrorFilter(options.errors, routes);
  parseJsonBodies(fastify);
  if (options.trustProxy) readForwardedAddresses(fastify);
  else if (options.trustProxy === false) warnOfForwardedAddresses(fastify);
  if (options.tracing) {
    const tracing = await startTracing(options.tracing);
    fastify.addHook('onClose', () => tracing.close());
  }
  addRequestContext(fastify, options);
  addAnswerHeaders(fastify);
  refuseSecondHost(fastify);
  if (isLoopback(options.host)) refuseOtherHosts(fastify);
  let metrics: Metrics | undefined;
  fastify.addHook('onResponse', ({ method, routeOptions }, { statusCode: status, elapsedTime: ms }, done) => {
    (metrics ??= app.get<Metrics, Metrics>(Metrics)).answered({ method, route: routeOptions.url, status, ms });
    done();
  });
  fastify.addHook('preClose', () => drain.finish(fastify.server));
  refuseOtherPaths(fastify, routes);
  options.configure?.(fastify);

  const module = EdgeModule.around(options.module, drain);
  const app: NestFastifyApplication = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    bodyParser: false,
    abortOnError: false,
    bufferLogs: true,
  });
  app.useLogger(app.get(Logger));
  app.useGlobalFilters(filter);
  app.enableShutdownHooks();
  return app;
}

/** Fastify's number counts the skipped addresses, including the socket's own. */
const trustOf = (trusted: HttpAppOptions['trustProxy'] = false) =>
  typeof trusted === 'number' ? (_address: string, hop: number) => hop < trusted : trusted;

const addressOf = ({ ip }: FastifyRequest) => ({ address: addressBlock(ip) });

const spanIds = ({ span }: FastifyRequest) => span && { trace_id: span.traceId, span_id: span.spanId };

function addRequestContext(fastify: FastifyInstance, { logger, describeRequest = addressOf }: HttpAppOptions): void {
  endRequestSpans(fastify);
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('X-Request-Id', request.id).header('X-Content-Type-Options', 'nosniff');
    prepareContentType(request);
    runInContext(contextOf(request), done);
  });
  const log = requestLog(logger);
  fastify.addHook('onResponse', (request, reply, done) => {
    const { method, url, id: requestId } = request;
    // Only the path: a query can contain names and addresses.
    const path = url.split('?', 1)[0];
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    log({ requestId, ...spanIds(request), method, path, status: reply.statusCode, ms, ...describeRequest(request) });
    done();
  });
}

/** Runs before authentication, and before a body is read: no route serves an untidy path, and a path without parameters is never another route's id. */
function refuseOtherPaths(fastify: FastifyInstance, routes: KnownRoutes): void {
  fastify.addHook('onRequest', (request, _, done) => done(routes.errorFor(request)));
}
