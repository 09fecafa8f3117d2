import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError } from './api-error.js';
import { withoutQuotedSeparators } from './quoted-strings.js';

/** Largest request body in bytes. */
export const BODY_LIMIT_BYTES = 1024 * 1024;
const MAX_DEPTH = 20;

const MEDIA_TYPE = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(;|$)/;
const UNKNOWN_TYPE = 'application/octet-stream';
const JSON_TYPE = /^application\/json$/i;
const MERGE_PATCH_TYPE = /^application\/merge-patch\+json$/i;

/** Reads every body as a JSON object; no body and `[]` count as `{}`. The content type is checked only where there is a body. */
export function parseJsonBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  // Fastify remembers the parser of a type that is named, and reads the header of others anew each time.
  fastify.addContentTypeParser(
    ['application/json', '*'],
    { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES },
    (request, body, done) => {
      try {
        done(null, readObject(request, body as Buffer));
      } catch (error) {
        done(error as Error, undefined);
      }
    },
  );
}

/**
 * Clients send a content type with every request: without a body it is not checked. A malformed one is read as an unknown one, which the
 * parser refuses only after the length; Fastify would do so before.
 */
export function prepareContentType({ headers }: FastifyRequest): void {
  const { 'content-type': type, 'content-length': length } = headers;
  if (headers['transfer-encoding'] === undefined && (length === undefined || length === '0')) delete headers['content-type'];
  else if (type !== undefined && !MEDIA_TYPE.test(type)) headers['content-type'] = UNKNOWN_TYPE;
}

function readObject(request: FastifyRequest, body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {};
  requireJson(request);
  const value = parse(body);
  if (Array.isArray(value) && value.length === 0) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('The body must be a JSON object.');
  if (isDeeperThan(value, MAX_DEPTH)) throw malformed(`The body is nested deeper than ${MAX_DEPTH} levels.`);
  return value as Record<string, unknown>;
}

function requireJson({ method, headers }: FastifyRequest): void {
  // The usual header is not taken apart.
  if (headers['content-type'] === 'application/json' && headers['content-encoding'] === undefined) return;
  const [type = '', ...parameters] = withoutQuotedSeparators(headers['content-type'] ?? '')
    .split(';')
    .map((part) => part.trim());
  const known = JSON_TYPE.test(type) || (method === 'PATCH' && MERGE_PATCH_TYPE.test(type));
  const charset = parameters.find((parameter) => /^charset=/i.test(parameter));
  const readable = charset === undefined || /^charset="?utf-?8"?$/i.test(charset);
  const plain = /^(identity)?$/i.test(headers['content-encoding'] ?? '');
  if (!known || !readable || !plain) {
    throw new ApiError(415, 'unsupported_media_type', 'The body must be application/json in UTF-8, without content encoding.');
  }
}

function parse(body: Buffer): unknown {
  if (!isUtf8(body)) throw malformed('The body is not UTF-8.');
  try {
    const text = body.toString('utf8');
    // Some Windows clients send a byte order mark first.
    return JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text);
  } catch {
    // The parser's own message quotes the body, which can contain a password.
    throw malformed('The body is not valid JSON.');
  }
}

const malformed = (message: string): ApiError => new ApiError(400, 'malformed_body', message);

function isDeeperThan(value: object, levels: number): boolean {
  if (levels === 0) return true;
  for (const child of Object.values(value) as unknown[])
    if (typeof child === 'object' && child !== null && isDeeperThan(child, levels - 1)) return true;
  return false;
}
