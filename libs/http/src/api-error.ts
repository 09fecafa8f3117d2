import type { FastifyRequest } from 'fastify';
import { shownPath } from './shown-path.js';

/** The errors of each field of a request, by the request's own name (`tags.1`). */
export type FieldErrors = Record<string, string[]>;

interface ApiErrorDetails {
  errors?: FieldErrors;
  /** Response headers of the status, for example `Retry-After`. */
  headers?: Record<string, string>;
  /** More members of the body. */
  members?: Record<string, unknown>;
  cause?: unknown;
}

/** An error answer: status, code for programs, message for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly errors: FieldErrors | undefined;
  readonly headers: Record<string, string>;
  readonly members: Record<string, unknown>;

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    { errors, headers = {}, members = {}, cause }: ApiErrorDetails = {},
  ) {
    super(message, { cause });
    this.errors = errors;
    this.headers = headers;
    this.members = members;
  }
}

/** The body that all errors share. */
export const errorBody = ({ message, code, errors, members }: ApiError): Record<string, unknown> => ({
  message,
  code,
  ...(errors ? { errors } : {}),
  ...members,
});

/** 422 with every invalid field. */
export function validationFailed(errors: FieldErrors, code = 'validation_failed'): ApiError {
  return new ApiError(422, code, `The request has invalid fields: ${Object.keys(errors).join(', ')}.`, { errors });
}

/** 503: a needed part is away, silent or full; the same request can succeed later. */
export function unavailable(code: string, message: string, retryAfterSeconds = 1, cause?: unknown): ApiError {
  return new ApiError(503, code, message, { headers: { 'Retry-After': String(retryAfterSeconds) }, cause });
}

/** Method and address of a request. */
type RequestLine = Pick<FastifyRequest, 'method' | 'url'>;

/** 404: no route has this path. */
export const routeNotFound = ({ method, url }: RequestLine, hint = ''): ApiError =>
  new ApiError(404, 'route_not_found', `There is no route ${method} ${shownPath(url)}${hint}.`);

/** 404: the path differs from a route's only by its slashes. */
export const untidyPath = (request: RequestLine): ApiError =>
  routeNotFound(request, ': a path has no slash at its end and no doubled one');

/** 405: the path exists with other methods. */
export function methodNotAllowed({ method, url }: RequestLine, allowed: readonly string[]): ApiError {
  const methods = allowed.join(', ');
  return new ApiError(405, 'method_not_allowed', `${method} is not allowed on ${shownPath(url)}, only ${methods}.`, {
    headers: { Allow: methods },
  });
}

/** 401: credentials are missing or invalid. */
export const unauthenticated = (message = 'The bearer token is not valid: it is unknown, or no longer accepted.'): ApiError =>
  new ApiError(401, 'unauthenticated', message, { headers: { 'WWW-Authenticate': 'Bearer' } });
