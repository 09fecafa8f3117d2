import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { PAGE_FOLDER } from './page-folder.js';
import type { ConsoleAccess } from './console-access.js';

/** The start's link, and the form for the token: both begin a session. */
export function enterRoutes(fastify: FastifyInstance, access: ConsoleAccess): void {
  const form = readFileSync(join(PAGE_FOLDER, 'enter.html'), 'utf8');
  const enter = (session: string | null, reply: FastifyReply, refusal: string): FastifyReply => {
    const refused = form.replace('<form', `<p role="alert">${refusal}</p>\n      <form`);
    if (session === null) return reply.status(403).type('text/html; charset=utf-8').send(refused);
    const cookie = `${access.cookieName}=${session}; Path=/; HttpOnly; SameSite=Strict`;
    return reply.header('set-cookie', cookie).redirect('/', 303);
  };
  fastify.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(body as string))),
  );
  fastify.get<{ Querystring: { key?: string } }>('/enter', ({ query: { key } }, reply) =>
    key === undefined
      ? reply.type('text/html; charset=utf-8').send(form)
      : enter(access.enterByLink(key), reply, 'This link was used before, or is of another start.'),
  );
  // Browsers ask for it beside answers that name no icon.
  fastify.get('/favicon.ico', (_, reply) => reply.redirect('/icon.svg'));
  fastify.post<{ Body: { token?: unknown } | null }>('/enter', ({ body }, reply) =>
    enter(
      access.enterByToken(typeof body?.token === 'string' ? body.token : ''),
      reply,
      'This is not the token of this console.',
    ),
  );
}
