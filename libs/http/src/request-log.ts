import type { FastifyReply, FastifyRequest } from 'fastify';
import { pino, type Logger } from 'pino';
import { addressBlock } from './address-block.js';
import { loggedPath } from './shown-path.js';

/** The caller's part of a request's log line. */
export interface RequestCaller {
  /** Who it is, as the app names its callers. */
  actor?: string | undefined;
  /** Its address block, or a keyed hash of it. */
  address: string;
}

export type DescribeRequest = (request: FastifyRequest) => RequestCaller;

const addressOf: DescribeRequest = ({ ip }) => ({ address: addressBlock(ip) });

/**
 * Logs answered requests, in the form of all other lines. A line has no error and no nested value: written past pino's bindings,
 * serializers and mixin, and from one object, it costs little.
 */
export function requestLog(
  logger: Logger,
  describe: DescribeRequest = addressOf,
): (request: FastifyRequest, reply: FastifyReply) => void {
  const { name } = logger.bindings() as { name?: string };
  const output = (logger as unknown as Record<symbol, { write(line: string): void }>)[pino.symbols.streamSym]!;
  const lineOf = (request: FastifyRequest, reply: FastifyReply): string => {
    const { id, span, method, url } = request;
    const { actor, address } = describe(request);
    return JSON.stringify({
      level: 'info',
      time: timeText(),
      name,
      requestId: id,
      trace_id: span?.traceId,
      span_id: span?.spanId,
      method,
      // Only the path: a query can contain names and addresses.
      path: loggedPath(url),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      actor,
      address,
      msg: 'request',
    });
  };
  return (request, reply) => {
    if (logger.isLevelEnabled('info')) output.write(`${lineOf(request, reply)}\n`);
  };
}

let written = { at: 0, text: '' };

/** The present time. Requests of a batch are answered in the same millisecond. */
function timeText(): string {
  const now = Date.now();
  if (now !== written.at) written = { at: now, text: new Date(now).toISOString() };
  return written.text;
}
