import type { FastifyInstance } from 'fastify';
import { showHistory } from '../../../events/src/show/show.js';
import { appUrls } from '../app-urls.js';
import type { ConsoleParts } from './console-parts.js';
import { addressesOf } from '../servers.js';
import { servicesOf } from './state.js';

/** The stream of all that happens, and histories. */
export function eventRoutes(fastify: FastifyInstance, { run, gateway, auth, tools, feed, live }: ConsoleParts): void {
  const urls = appUrls(run.settings);
  fastify.get('/api/live', (_, reply) =>
    live.add(reply, [
      ['records', feed.recent],
      ['services', servicesOf(run)],
    ]),
  );
  fastify.get('/api/info', () => ({
    gatewayUrl: gateway.baseUrl,
    authUrl: auth.baseUrl,
    broker: addressesOf(run).brokers,
    docs: urls.docs,
    asyncapi: urls.asyncapi,
  }));
  fastify.get<{ Params: { kind: string; id: string } }>('/api/history/:kind/:id', ({ params: { kind, id } }) =>
    tools.run((tool) =>
      showHistory(kind === 'company' ? { company: Number(id) } : { contact: Number(id) }, { json: true }, tool),
    ),
  );
}
