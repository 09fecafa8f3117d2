import { RouteConfig } from '@nestjs/platform-fastify';
import type { Scope } from '../tokens/api-token.scopes.js';

/** The scope that a route needs. A route under the base path without one keeps the app from starting. */
export const RequireScope = (scope: Scope): MethodDecorator => RouteConfig({ scope });
