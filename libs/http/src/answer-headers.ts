import type { FastifyInstance } from 'fastify';

/** Answers can hold personal data or a new token, and no page of ours is meant for a frame. A route may say otherwise. */
const HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY' };

/** Gives every answer the headers that keep it out of caches, frames and other types. */
export function addAnswerHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (_, reply, done) => {
    void reply.headers(HEADERS);
    done();
  });
}
