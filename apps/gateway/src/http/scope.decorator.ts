import { RouteConfig } from '@nestjs/platform-fastify';
import type { Scope } from '../tokens/api-token.scopes.js';

/** What else is special of a route. */
interface RouteTerms {
  /** It answers every request anew, whatever its idempotency key. */
  withoutKeys?: boolean;
}

/** The scope that a route needs. A route under the base path without one keeps the app from starting. */
export const RequireScope = (scope: Scope, config: RouteTerms = {}): MethodDecorator => RouteConfig({ scope, ...config });
