import { createHttpApp, createLogger, serveApiDocument } from '#app/http';
import { KafkaEventStrategy } from '#app/messaging';
import { VERSION } from '#app/settings';
import type { MicroserviceOptions } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AuthModule } from './auth.module.js';
import type { AuthEnv } from './env.js';
import { openApiDocument } from './docs/document.js';
import { errorTable } from './http/errors.js';
import { OperatorToken } from './http/operator-token.js';
import { requestDescriber } from './http/request-line.js';
import { guardWithTokens } from './http/token.hook.js';
import { PortalSessions } from './portal-sessions/portal-sessions.js';

/** The auth app, ready to listen and consuming already. It starts without broker and database too. */
export async function createAuth(env: AuthEnv): Promise<NestFastifyApplication> {
  const logger = createLogger('auth', env.logLevel);
  const app: NestFastifyApplication = await createHttpApp({
    module: AuthModule.register(env, logger),
    logger,
    errors: errorTable,
    maxConnections: env.maxConnections,
    keepAliveSeconds: env.keepAliveSeconds,
    shutdownNoticeMs: env.shutdownNoticeMs,
    trustProxy: env.trustProxy,
    describeRequest: requestDescriber(env),
    host: env.host,
    tracing: env.tracing && { ...env.tracing, service: 'contact-sync-auth', version: VERSION },
    configure: (fastify) =>
      guardWithTokens(fastify, () => ({ operator: app.get(OperatorToken), sessions: app.get(PortalSessions) })),
  });
  if (env.docsEnabled) serveApiDocument(app, { title: 'contact-sync auth API', make: openApiDocument });
  app.connectMicroservice<MicroserviceOptions>({ strategy: app.get(KafkaEventStrategy) });
  await app.startAllMicroservices();
  return app;
}
