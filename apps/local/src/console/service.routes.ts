import type { FastifyInstance } from 'fastify';
import type { KeptService } from '../kept-service.js';
import type { ConsoleParts } from './console-parts.js';

const ACTIONS: Record<string, (service: KeptService) => unknown> = {
  stop: (service) => service.stopByOperator(),
  start: (service) => service.startByOperator(),
  freeze: (service) => service.freeze(),
  thaw: (service) => service.thaw(),
  kill: (service) => service.kill(),
};

/** Stops, freezes, kills and starts what runs. */
export function serviceRoutes(fastify: FastifyInstance, { run }: ConsoleParts): void {
  fastify.post<{ Params: { name: string; action: string } }>('/api/services/:name/:action', async ({ params }, reply) => {
    const service = run.services.find(({ name }) => name === params.name);
    const act = Object.hasOwn(ACTIONS, params.action) ? ACTIONS[params.action] : undefined;
    if (!service || !act) return reply.status(404).send({ message: 'There is no such program or action.' });
    await act(service);
    return { name: service.name, state: service.state };
  });
}
