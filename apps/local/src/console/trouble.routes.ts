import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { verify } from '../../../events/src/verify/verify.js';
import type { AppAnswer, AppClient } from './app-client.js';
import type { ConsoleParts } from './console-parts.js';
import { POISONS, publishPoison, type Poison } from './poison.js';
import { MOST_UPDATES_A_SECOND } from './update-load.js';

const VERIFY_WAIT_SECONDS = 15;

interface SwapRequest {
  Body: { contacts: [number, number] };
}

/** Load, poisoned records, swapped emails, and the comparison that says whether all is right afterwards. */
export function troubleRoutes(fastify: FastifyInstance, { gateway, tools, load }: ConsoleParts): void {
  fastify.post<{ Body: { rate: number } }>('/api/load', { schema: { body: RATE } }, async ({ body: { rate } }) => {
    await load.setRate(rate);
    return load.report;
  });
  fastify.post<{ Params: { poison: Poison } }>('/api/poison/:poison', async ({ params: { poison } }, reply) => {
    if (!POISONS.includes(poison)) return reply.status(404).send({ message: 'There is no such poison.' });
    return { key: await publishPoison(tools.env, poison) };
  });
  fastify.post<SwapRequest>('/api/swap', { schema: { body: TWO_CONTACTS } }, ({ body: { contacts } }) =>
    swapEmails(gateway, ...contacts),
  );
  fastify.post('/api/verify', async () => {
    const [result] = await tools.run((tool) => verify({ json: true, wait: VERIFY_WAIT_SECONDS }, tool));
    return result;
  });
}

const RATE = {
  type: 'object',
  required: ['rate'],
  properties: { rate: { type: 'integer', minimum: 0, maximum: MOST_UPDATES_A_SECOND } },
};
const TWO_CONTACTS = {
  type: 'object',
  required: ['contacts'],
  properties: {
    contacts: { type: 'array', minItems: 2, maxItems: 2, uniqueItems: true, items: { type: 'integer', minimum: 1 } },
  },
};

/** Three updates, since at no moment two logins may have one email. */
async function swapEmails(gateway: AppClient, one: number, other: number): Promise<AppAnswer> {
  const [first, second] = await Promise.all([emailOf(gateway, one), emailOf(gateway, other)]);
  const items = [
    { id: one, email: `${randomUUID()}@swap.example` },
    { id: other, email: first },
    { id: one, email: second },
  ];
  return gateway.call('POST', '/contacts/batch', { items });
}

async function emailOf(gateway: AppClient, id: number): Promise<string> {
  const { status, body } = await gateway.call('GET', `/contacts/${id}`);
  const email = (body as { data?: { email?: string | null } } | null)?.data?.email;
  if (!email) throw new Error(`Contact ${id} has no email that can be swapped (${status}).`);
  return email;
}
