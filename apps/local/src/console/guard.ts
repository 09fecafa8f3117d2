import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ConsoleAccess } from './console-access.js';

/** Reachable without a session: what a person needs to begin one. */
const OPEN_PATHS = ['/enter', '/style.css', '/icon.svg', '/favicon.ico'];

const HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // Not no-referrer: a form would then have no origin to check.
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
} as const;

/** Checks every request before its body is read: its host, its origin, its session. */
export function guard(fastify: FastifyInstance, access: ConsoleAccess): void {
  fastify.addHook('onRequest', async (request, reply) => {
    void reply.headers(HEADERS);
    if (!access.hosts.includes(request.headers.host ?? '')) return refuse(reply, 421, 'This is not the host of the request.');
    if (!isOwnOrigin(request)) return refuse(reply, 403, 'Another page may not use the console.');
    const path = request.url.split('?')[0]!;
    if (OPEN_PATHS.includes(path) || access.admits(request.headers.cookie)) return;
    return path === '/' ? reply.redirect('/enter', 303) : refuse(reply, 401, 'The session is over. Open / again.');
  });
}

/** Only the console's own pages may call it. A link from another page may open the page itself. */
function isOwnOrigin({ method, headers }: FastifyRequest): boolean {
  const isReading = method === 'GET' || method === 'HEAD';
  if (headers.origin !== undefined) return headers.origin === `http://${headers.host}`;
  if (!isReading) return false;
  const site = headers['sec-fetch-site'];
  const opensPage = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return site === undefined || site === 'same-origin' || site === 'none' || opensPage;
}

const refuse = (reply: FastifyReply, status: number, message: string): FastifyReply => reply.status(status).send({ message });
