import { ApiExtension, ApiResponse } from '@nestjs/swagger';
import type { TSchema } from 'typebox';
import type { HeaderName } from './headers.js';
import { referenceTo } from './schema-refs.js';

/** The key under which {@link Answers} stores the names of headers for the document. */
export const HEADERS_OF = 'x-headers-of-';

interface AnswerDetails {
  /** Headers beyond those of every answer of the operation's kind. */
  headers?: readonly HeaderName[];
  /** Set if it is not JSON. */
  contentType?: string;
  /** What `Accept: text/csv` gets instead, in words. */
  csv?: string;
  /** Replaces the schema's own example. */
  example?: unknown;
}

/** What an operation answers on success; the schema is found by its title. */
export const Answers =
  (status: number, schema: TSchema | null, description: string, details: AnswerDetails = {}): MethodDecorator =>
  (target, name, descriptor) => {
    const { headers = [], contentType = 'application/json', csv, example } = details;
    const media = schema && { schema: referenceTo(schema), ...(example === undefined ? {} : { example }) };
    const asCsv = csv === undefined ? {} : { 'text/csv': { schema: { type: 'string' as const, description: csv } } };
    const content = media && { [contentType]: media, ...asCsv };
    ApiResponse({ status, description, ...(content ? { content } : {}) })(target, name, descriptor);
    if (headers.length > 0) ApiExtension(`${HEADERS_OF}${status}`, headers)(target, name, descriptor);
  };

/**
 * Error statuses of an operation beyond those of its kind; with 412 it takes `If-Match`.
 * The document adds those of its path, scope, body and kind.
 */
export const Refuses =
  (...statuses: number[]): MethodDecorator =>
  (target, name, descriptor) => {
    for (const status of statuses) ApiResponse({ status })(target, name, descriptor);
  };
