import { ApiExtension, ApiResponse } from '@nestjs/swagger';
import type { TSchema } from 'typebox';
import type { HeaderName } from './headers.js';
import { referenceTo } from './schema-refs.js';

/** Where {@link Answers} leaves the names of headers for the document. */
export const HEADERS_OF = 'x-headers-of-';

interface AnswerDetails {
  /** Those that not every answer of the operation's kind has anyway. */
  headers?: readonly HeaderName[];
  /** Where it is not JSON. */
  contentType?: string;
  /** Of another value than the schema's own example. */
  example?: unknown;
}

/** What an operation answers when it succeeds; the schema goes by its title. */
export const Answers =
  (status: number, schema: TSchema | null, description: string, details: AnswerDetails = {}): MethodDecorator =>
  (target, name, descriptor) => {
    const { headers = [], contentType = 'application/json', example } = details;
    const media = schema && { schema: referenceTo(schema), ...(example === undefined ? {} : { example }) };
    ApiResponse({ status, description, ...(media ? { content: { [contentType]: media } } : {}) })(target, name, descriptor);
    if (headers.length > 0) ApiExtension(`${HEADERS_OF}${status}`, headers)(target, name, descriptor);
  };

/**
 * Statuses by which an operation refuses what others of its kind do not; with 412 it takes `If-Match`.
 * Those that come of its path, scope, body and kind are added where the document is made.
 */
export const Refuses =
  (...statuses: number[]): MethodDecorator =>
  (target, name, descriptor) => {
    for (const status of statuses) ApiResponse({ status })(target, name, descriptor);
  };
