import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExtension, ApiSecurity } from '@nestjs/swagger';
import type { Scope } from './api-token.scopes.js';

/** Name of the security scheme in the OpenAPI document. */
export const BEARER = 'bearer';
/** Where a route says in the document that it keeps no answers. */
export const WITHOUT_KEYS = 'x-without-keys';

/** What else is special of a route. */
interface RouteTerms {
  /** It answers every request anew, whatever its idempotency key. */
  withoutKeys?: boolean;
}

/** The scope that a route needs, for the gate and for the document. A route under the base path without one keeps the app from starting. */
export const RequireScope = (scope: Scope, config: RouteTerms = {}): MethodDecorator =>
  applyDecorators(
    RouteConfig({ scope, ...config }),
    ApiSecurity(BEARER, [scope]),
    ...(config.withoutKeys ? [ApiExtension(WITHOUT_KEYS, true)] : []),
  );
