import type { FastifyRequest } from 'fastify';

/** The bearer token of a request; undefined if it has none. */
export function bearerOf({ headers }: FastifyRequest): string | undefined {
  return /^Bearer +([\x21-\x7e]{1,4096}) *$/i.exec(headers.authorization ?? '')?.[1];
}
