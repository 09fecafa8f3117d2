import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readQueryString, type QueryParameter } from './query-string.js';

/** The running request's query: {@link readQueryString}. */
export const QueryString = createParamDecorator((_: unknown, context: ExecutionContext): QueryParameter[] =>
  readQueryString(context.switchToHttp().getRequest<FastifyRequest>().url),
);
