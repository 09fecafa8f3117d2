import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import { onDatabase } from '../../../events/src/connections.js';
import { gatewayLogins } from '../../../events/src/verify/login-tables.js';
import type { ConsoleParts } from './console-parts.js';
import { followLogin } from './login-follower.js';

interface ContactRequest {
  Params: { id: string };
}

interface UpdateRequest extends ContactRequest {
  Body: object;
}

/** A contact and its login, as each app has them, and the update. */
export function contactRoutes(fastify: FastifyInstance, { gateway, auth, tools, live }: ConsoleParts): void {
  fastify.get('/api/contacts', () => gateway.call('GET', '/contacts?per_page=100&sort=id'));
  fastify.get('/api/companies', () => gateway.call('GET', '/companies?per_page=100&sort=id'));
  fastify.get<ContactRequest>('/api/contacts/:id', ({ params }) => gateway.call('GET', `/contacts/${idOf(params)}`));

  fastify.get<ContactRequest>('/api/contacts/:id/logins', async ({ params }) => {
    const id = idOf(params);
    const [gatewayLogin, answer] = await Promise.all([
      onDatabase(tools.env.gatewayDatabaseUrl, (database) => gatewayLoginOf(database, id)).catch(() => 'away'),
      auth.call('GET', `/portal/logins/${id}`, undefined, 2_000),
    ]);
    const authLogin = (answer.body as { data?: unknown } | null)?.data ?? null;
    return { gateway: gatewayLogin, auth: answer.status === 0 ? 'away' : authLogin };
  });

  fastify.post<UpdateRequest>('/api/contacts/:id', async ({ params, body }) => {
    const id = idOf(params);
    const answer = await gateway.call('PATCH', `/contacts/${id}`, body as object);
    const version = Number(answer.headers['portal-login-version'] ?? 0);
    if (answer.status === 200 && version > 0) void followLogin(auth, id, version).then((arrival) => live.send('login', arrival));
    return answer;
  });
}

/** Null without a login. */
async function gatewayLoginOf(database: pg.Client, contactId: number): Promise<{ email: string; version: number } | null> {
  for await (const { email, version } of gatewayLogins(database, [contactId])) if (email !== null) return { email, version };
  return null;
}

const idOf = ({ id }: { id: string }): number => (/^[1-9]\d{0,14}$/.test(id) ? Number(id) : 0);
