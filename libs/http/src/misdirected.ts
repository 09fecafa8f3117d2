import type { FastifyRequest } from 'fastify';
import { ApiError } from './api-error.js';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i;
const HOST = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/;

/**
 * The error of a request with two `Host` headers, or in HTTP/1.1 with none (RFC 9112, 3.2). Proxies and apps would take one with two for another
 * host; Node takes the first.
 */
export function hostHeaderError({ raw: { rawHeaders, httpVersion } }: FastifyRequest): ApiError | undefined {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]!.length === 4 && rawHeaders[index]!.toLowerCase() === 'host') count++;
  if (count === 1 || (count === 0 && httpVersion !== '1.1')) return undefined;
  return new ApiError(400, 'malformed_request', `The request has ${count === 0 ? 'no Host header' : 'two Host headers'}.`);
}

/** Whether an app that listens on this host serves only its own machine. */
export const isLoopback = (host: string | undefined): boolean => host !== undefined && LOOPBACK.test(host);

/**
 * The error of a request that names another host, so that a page whose name leads to this machine (DNS rebinding) gets no answer.
 * For an app that listens only on its own machine.
 */
export function otherHostError({ headers: { host } }: FastifyRequest): ApiError | undefined {
  // Probes in HTTP/1.0 name none; a browser always names one.
  if (host === undefined) return undefined;
  const [, bracketed, plain] = HOST.exec(host) ?? [];
  if (LOOPBACK.test(bracketed ?? plain ?? '')) return undefined;
  return new ApiError(421, 'misdirected_request', 'This server is not the host that the request names.');
}
