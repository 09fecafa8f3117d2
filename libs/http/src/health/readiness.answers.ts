import type { ApiResponseOptions } from '@nestjs/swagger';

const json = (schema: object): Pick<ApiResponseOptions & { content: object }, 'content'> => ({
  content: { 'application/json': { schema } },
});
const object = (properties: Record<string, object>): object => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
});
const checks = {
  type: 'object',
  additionalProperties: object({ status: { type: 'string', enum: ['up', 'down'] } }),
};

export const LIVE: ApiResponseOptions = {
  status: 200,
  description: 'It does.',
  ...json(object({ status: { type: 'string', const: 'ok' } })),
};

export const READY: ApiResponseOptions = {
  status: 200,
  description: 'They can. By part: the database, and whether the process is about to end.',
  ...json(object({ status: { type: 'string', const: 'ok' }, info: checks, error: checks, details: checks })),
};

export const NOT_READY: ApiResponseOptions = {
  status: 503,
  description: 'The database does not answer, or the process is about to end.',
  ...json(object({ message: { type: 'string' }, code: { type: 'string' } })),
};

export const METRICS: ApiResponseOptions = {
  status: 200,
  description: 'The text format of Prometheus.',
  content: { 'text/plain': { schema: { type: 'string' } } },
};
