import type { FastifyInstance } from 'fastify';
import { ApiError } from './api-error.js';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i;
const HOST = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/;

/** Rejects a request with two `Host` headers (RFC 9112, 3.2): proxies and apps would take it for another host. Node takes the first. */
export function refuseSecondHost(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', ({ raw: { rawHeaders } }, _, done) => {
    let count = 0;
    for (let index = 0; index < rawHeaders.length; index += 2)
      if (rawHeaders[index]!.length === 4 && rawHeaders[index]!.toLowerCase() === 'host') count++;
    if (count <= 1) done();
    else done(new ApiError(400, 'malformed_request', 'The request has two Host headers.'));
  });
}

/** Whether an app that listens on this host serves only its own machine. */
export const isLoopback = (host: string | undefined): boolean => host !== undefined && LOOPBACK.test(host);

/**
 * Rejects requests that name another host, by 421, so that a page whose name leads to this machine (DNS rebinding) gets no answer.
 * For an app that listens only on its own machine.
 */
export function refuseOtherHosts(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', ({ headers: { host = '' } }, _, done) => {
    const [, bracketed, plain] = HOST.exec(host) ?? [];
    if (LOOPBACK.test(bracketed ?? plain ?? '')) done();
    else done(new ApiError(421, 'misdirected_request', 'This server is not the host that the request names.'));
  });
}
