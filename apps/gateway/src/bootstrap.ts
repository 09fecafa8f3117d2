import { createHttpApp, createLogger, Metrics, serveApiDocument } from '#app/http';
import { VERSION } from '#app/settings';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { GatewayEnv } from './env.js';
import { ContactsController } from './contacts/contacts.controller.js';
import { serveUpdates } from './contacts/update/update-route.js';
import { GatewayModule } from './gateway.module.js';
import { guardWithBearerTokens } from './callers/bearer.hook.js';
import { BASE_PATH } from './wire/base-path.js';
import { LimitedRequests } from './wire/limited-requests.js';
import { requestDescriber } from './callers/request-line.js';
import { RateLimit } from './callers/rate-limit.js';
import { openApiDocument } from './edge/document.js';
import { UnknownTokens } from './callers/unknown-tokens.js';
import { IdempotencyKeys, lookUpIdempotencyKeys } from './writes/idempotency.hook.js';
import { ApiTokens } from './callers/api-tokens.js';

/** The gateway, ready to listen. */
export async function createGateway(env: GatewayEnv): Promise<NestFastifyApplication> {
  const logger = createLogger('gateway', env.logLevel);
  const limited = new LimitedRequests();
  const app: NestFastifyApplication = await createHttpApp({
    module: GatewayModule.register(env, logger),
    logger,
    errors: limited.answer,
    basePath: BASE_PATH,
    keepAliveSeconds: env.keepAliveSeconds,
    trustProxy: env.trustProxy,
    host: env.host,
    describeRequest: requestDescriber(env),
    tracing: env.tracing && { ...env.tracing, service: 'contact-sync-gateway', version: VERSION },
    maxConnections: env.maxConnections,
    shutdownNoticeMs: env.shutdownNoticeMs,
    configure: (fastify) => {
      guardWithBearerTokens(fastify, () => ({
        tokens: app.get(ApiTokens),
        unknownTokens: app.get(UnknownTokens),
        rateLimit: app.get(RateLimit),
      }));
      lookUpIdempotencyKeys(fastify, () => app.get(IdempotencyKeys));
      serveUpdates(fastify, () => app.get(ContactsController));
    },
  });
  app.get(Metrics).addTally({
    name: 'rate_limited_requests_total',
    help: 'Requests that a limit refused since the process began, by the code of their answer',
    label: 'reason',
    tally: limited.tally,
  });
  if (env.docsEnabled) serveApiDocument(app, { title: 'contact-sync API', make: openApiDocument });
  return app;
}
