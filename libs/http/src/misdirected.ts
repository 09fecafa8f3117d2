import type { FastifyInstance } from 'fastify';
import { ApiError } from './api-error.js';

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i;
const HOST = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/;

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
