import type { FastifyInstance } from 'fastify';

/** Answers can contain personal data or a new token, and no page may be framed. A route can override these headers. */
const HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY' };

/** Gives every answer the headers that forbid caching, framing and content sniffing. */
export function addAnswerHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (_, reply, done) => {
    void reply.headers(HEADERS);
    done();
  });
}
