import type { IncomingMessage } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger as PinoLogger } from 'pino';
import { methodNotAllowed } from './api-error.js';
import { BODY_LIMIT_BYTES, parseJsonBodies } from './body.js';
import { ErrorFilter, type ErrorTable } from './error.filter.js';
import { KnownRoutes } from './known-routes.js';
import { requestIdFrom, runInContext } from './request-context.js';

const REQUEST_TIMEOUT_MS = 15_000;

/** What makes one app's HTTP edge different from the other's. */
export interface HttpAppOptions {
  /** The app's root module. */
  module: Parameters<typeof NestFactory.create>[0];
  logger: PinoLogger;
  /** The app's part of the table from error to answer. */
  errors: ErrorTable;
  /** Which senders of `X-Forwarded-For` are believed: proxies of one's own, by address or by hop. Trap: true believes the caller too. */
  trustProxy?: boolean | string | ((address: string, hop: number) => boolean);
  /** Adds the app's own hooks, before its routes are registered. */
  configure?: (fastify: FastifyInstance) => void;
}

/** A Nest application on Fastify with the bodies, errors, request ids and request log that both apps share; not listening yet. */
export async function createHttpApp(options: HttpAppOptions): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: REQUEST_TIMEOUT_MS },
    genReqId: (request: IncomingMessage) => requestIdFrom(request.headers['x-request-id']),
    trustProxy: options.trustProxy ?? false,
    // The router takes a longer one for another path; how long a request line may be is Node's to say.
    routerOptions: { maxParamLength: Number.MAX_SAFE_INTEGER },
    forceCloseConnections: 'idle',
    frameworkErrors: (_: Error, request: FastifyRequest, reply: FastifyReply) =>
      filter.answerMalformed(request, reply.header('X-Request-Id', request.id)),
    skipMiddie: true,
    logger: false,
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  const routes = new KnownRoutes(fastify);
  const filter = new ErrorFilter(options.errors, routes);
  parseJsonBodies(fastify);
  addRequestContext(fastify, options.logger);
  refuseShadowed(fastify, routes);
  options.configure?.(fastify);

  const app = await NestFactory.create<NestFastifyApplication>(options.module, adapter, {
    bodyParser: false,
    abortOnError: false,
    bufferLogs: true,
    forceCloseConnections: true,
  });
  app.useLogger(app.get(Logger));
  app.useGlobalFilters(filter);
  app.enableShutdownHooks();
  return app;
}

function addRequestContext(fastify: FastifyInstance, logger: PinoLogger): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('X-Request-Id', request.id);
    forgetTypeOfNoBody(request);
    runInContext({ requestId: request.id }, done);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const { method, url, id } = request;
    // The path alone: a query can hold names and addresses.
    const [path] = url.split('?', 1);
    logger.info(
      { requestId: id, method, path, status: reply.statusCode, ms: Math.round(reply.elapsedTime * 10) / 10 },
      'request',
    );
    done();
  });
}

/** Before a token is asked for: a path without parameters is no id of another one. */
function refuseShadowed(fastify: FastifyInstance, routes: KnownRoutes): void {
  fastify.addHook('onRequest', (request, _, done) => {
    const { url, method } = request;
    if (!request.is404 && routes.isShadowed(url, method)) done(methodNotAllowed(method, routes.methodsOf(url)));
    else done();
  });
}

/** Clients send a content type with every request; where there is no body it says nothing and is not judged. */
function forgetTypeOfNoBody({ headers }: FastifyRequest): void {
  const length = headers['content-length'];
  if (headers['transfer-encoding'] === undefined && (length === undefined || length === '0')) delete headers['content-type'];
}
