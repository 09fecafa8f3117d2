import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { filterParameters } from '../lists/list-parameters.js';
import type { ListFields } from '../lists/list-field.js';
import { readListQuery, type ListFilter } from '../lists/list-query.js';
import { documentedBy, PARAMETERS_OF } from '../wire/documented.js';
import { readQueryString } from '../wire/query-string.js';
import type { FieldErrors } from '../wire/validation.error.js';
import { parsePreferences } from '../writes/write-preferences.js';

/** The query of an export, and its errors. */
export interface ExportQuery {
  filters: readonly ListFilter[];
  errors: FieldErrors;
}

/** An export is in id order, without pages. */
const NOT_TAKEN = ['page', 'per_page', 'limit', 'sort'];

/** Reads the query of an export against the fields of the list. */
function readExportQuery(url: string, prefer: string | undefined, fields: ListFields): ExportQuery {
  const parameters = readQueryString(url);
  const errors: FieldErrors = {};
  for (const { name } of parameters) if (NOT_TAKEN.includes(name)) errors[name] = ['is not taken by an export'];
  if (parsePreferences(prefer).dryRun) errors['dry_run'] = ['is not available here'];
  const read = readListQuery(
    parameters.filter(({ name }) => !NOT_TAKEN.includes(name)),
    fields,
  );
  return { filters: read.spec.filters, errors: { ...read.errors, ...errors } };
}

const readQuery = createParamDecorator((fields: ListFields, context: ExecutionContext): ExportQuery => {
  const { url, headers } = context.switchToHttp().getRequest<FastifyRequest>();
  return readExportQuery(url, [headers['prefer'] ?? []].flat().join(','), fields);
});

/** The running request's filters, as an {@link ExportQuery}. */
export const ExportFilters = (fields: ListFields): ParameterDecorator =>
  documentedBy(readQuery(fields), PARAMETERS_OF, filterParameters(fields));
