import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { listParameters } from './list-parameters.js';
import { documentedBy, PARAMETERS_OF } from '../wire/documented.js';
import type { ListFields } from './list-field.js';
import { readListQuery } from './list-query.js';
import { readQueryString } from '../wire/query-string.js';

const readQuery = createParamDecorator((fields: ListFields, context: ExecutionContext) =>
  readListQuery(readQueryString(context.switchToHttp().getRequest<FastifyRequest>().url), fields),
);

/** The running request's query, read against a list's fields; a {@link ReadListQuery}. */
export const ListQuery = (fields: ListFields): ParameterDecorator =>
  documentedBy(readQuery(fields), PARAMETERS_OF, listParameters(fields));
