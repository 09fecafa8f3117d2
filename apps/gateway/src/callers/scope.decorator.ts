import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiExtension, ApiSecurity } from '@nestjs/swagger';
import type { Scope } from './api-token.scopes.js';

/** Name of the security scheme in the OpenAPI document. */
export const BEARER = 'bearer';
/** Marks in the document a route that stores no results. */
export const WITHOUT_KEYS = 'x-without-keys';

interface RouteTerms {
  /** The route serves every request, whatever its idempotency key. */
  withoutKeys?: boolean;
}

/** The scope that a route needs, for the gate and the document. The app does not start if a route under the base path has none. */
export const RequireScope = (scope: Scope, config: RouteTerms = {}): MethodDecorator =>
  applyDecorators(
    RouteConfig({ scope, ...config }),
    ApiSecurity(BEARER, [scope]),
    ...(config.withoutKeys ? [ApiExtension(WITHOUT_KEYS, true)] : []),
  );
