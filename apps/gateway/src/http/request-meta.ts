import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Who asked, and under which id: what the events of a request say of it. */
export interface RequestMeta {
  requestId: string;
  /** Id of the API token, decimal. */
  actor: string;
  /** W3C trace context; null where the request was not traced. */
  traceparent: string | null;
}

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The {@link RequestMeta} of the running request. */
export const Meta = createParamDecorator((_: unknown, context: ExecutionContext): RequestMeta => {
  const { id, caller, headers } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!caller) throw new Error('A route without a caller cannot make events.');
  const { traceparent } = headers;
  return {
    requestId: id,
    actor: caller.tokenId,
    traceparent: typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? traceparent : null,
  };
});
