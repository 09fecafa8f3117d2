import type { FastifyRequest } from 'fastify';
import { pino, type Logger } from 'pino';
import { callerBlock } from './address-block.js';
import { loggedPath } from './shown-path.js';

/** The caller's part of a request's log line. */
export interface RequestCaller {
  /** Who it is, as the app names its callers. */
  actor?: string | undefined;
  /** Its address block, or a keyed hash of it. */
  address: string;
}

/** How a request ended. */
export interface RequestEnd {
  /** Of the answer, or `UNANSWERED`. */
  status: number;
  ms: number;
}

/** In place of a status where the connection was closed before the answer, as nginx has it. */
export const UNANSWERED = 499;

export type DescribeRequest = (request: FastifyRequest) => RequestCaller;

const addressOf: DescribeRequest = (request) => ({ address: callerBlock(request) });

/**
 * Logs ended requests, in the form of all other lines. A line has no error and no nested value: written past pino's bindings,
 * serializers and mixin, and from one object, it costs little.
 */
export function requestLog(
  logger: Logger,
  describe: DescribeRequest = addressOf,
): (request: FastifyRequest, end: RequestEnd) => void {
  const { name } = logger.bindings() as { name?: string };
  const output = (logger as unknown as Record<symbol, { write(line: string): void }>)[pino.symbols.streamSym]!;
  const lineOf = (request: FastifyRequest, { status, ms }: RequestEnd): string => {
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
      status,
      ms: Math.round(ms * 10) / 10,
      actor,
      address,
      msg: 'request',
    });
  };
  return (request, end) => {
    if (logger.isLevelEnabled('info')) output.write(`${lineOf(request, end)}\n`);
  };
}

let written = { at: 0, text: '' };

/** The present time. Requests of a batch are answered in the same millisecond. */
function timeText(): string {
  const now = Date.now();
  if (now !== written.at) written = { at: now, text: new Date(now).toISOString() };
  return written.text;
}
