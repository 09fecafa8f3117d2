import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { listParameters } from './list-parameters.js';
import { documentedBy, PARAMETERS_OF } from '../wire/documented.js';
import type { ListFields } from './list-field.js';
import { readListQuery, type ListDefaults, type ReadListQuery } from './list-query.js';
import { readQueryString } from '../wire/query-string.js';

interface Asked {
  fields: ListFields;
  defaults: ListDefaults;
}

const readQuery = createParamDecorator(({ fields, defaults }: Asked, context: ExecutionContext): ReadListQuery => {
  const { url, caller, raw } = context.switchToHttp().getRequest<FastifyRequest>();
  const read = readListQuery(readQueryString(url), fields, defaults);
  return { ...read, familyId: caller!.familyId, isGone: () => raw.socket.destroyed };
});

/** The running request's query, read by a list's fields; a {@link ReadListQuery}. */
export const ListQuery = (fields: ListFields, defaults: ListDefaults = {}): ParameterDecorator =>
  documentedBy(readQuery({ fields, defaults }), PARAMETERS_OF, listParameters(fields, defaults));
