import type { FastifyInstance } from 'fastify';
import { audit } from '../../../events/src/audit/audit.js';
import { listLetters, showLetter } from '../../../events/src/dead-letters/look.js';
import { discard, redrive } from '../../../events/src/dead-letters/settle.js';
import { park } from '../../../events/src/repair/park.js';
import type { ConsoleParts } from './console-parts.js';

const SHOWN_AUDIT = 100;
const DONE = { json: true, yes: true };
const PLACE = {
  type: 'object',
  properties: { place: { type: 'string', pattern: String.raw`^\d{1,6}@\d{1,15}$` } },
};
const RECORD = {
  type: 'object',
  required: ['partition', 'offset'],
  properties: { partition: { type: 'integer', minimum: 0 }, offset: { type: 'integer', minimum: 0 } },
};

interface LetterRequest {
  Params: { place: string };
}

/** Dead letters and what becomes of them, the record at which a partition stopped, and the audit trails. */
export function letterRoutes(fastify: FastifyInstance, { tools }: ConsoleParts): void {
  fastify.get('/api/dead-letters', async () => {
    const [list] = await tools.run((tool) => listLetters({ all: true, json: true }, tool));
    return list;
  });
  fastify.get<LetterRequest>('/api/dead-letters/:place', { schema: { params: PLACE } }, async ({ params: { place } }) => {
    const [letter] = await tools.run((tool) => showLetter(place, { json: true }, tool));
    return letter;
  });
  for (const [name, settle] of Object.entries({ redrive, discard }))
    fastify.post<LetterRequest>(
      `/api/dead-letters/:place/${name}`,
      { schema: { params: PLACE } },
      async ({ params: { place } }) => {
        const [done] = await tools.run((tool) => settle([place], DONE, tool));
        return done;
      },
    );
  fastify.post<{ Body: { partition: number; offset: number } }>('/api/park', { schema: { body: RECORD } }, async ({ body }) => {
    const [done] = await tools.run((tool) => park({ ...body, ...DONE }, tool));
    return done;
  });
  fastify.get('/api/audit', () => tools.run((tool) => audit({ limit: SHOWN_AUDIT, json: true }, tool)));
}
