import { STATUS_CODES } from 'node:http';
import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { isTransientDatabaseError } from '#app/postgres';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerHeaders } from './answer-headers.js';
import { ApiError, errorBody, untidyPath, unavailable } from './api-error.js';
import type { KnownRoutes } from './known-routes.js';
import { RepeatedWarnings } from './repeated-warnings.js';
import { pathOf } from './path-of.js';
import { withoutQuotedSeparators } from './quoted-strings.js';

/** An app's part of the table from error to answer; undefined for errors that it does not know. */
export type ErrorTable = (error: unknown) => ApiError | undefined;

/** The one place that turns errors into answers: one shape, no stack, no query; an unknown error is logged once. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(ErrorFilter.name);
  private readonly unavailable = new RepeatedWarnings(this.logger);

  constructor(
    private readonly table: ErrorTable,
    private readonly routes: KnownRoutes,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** The router could not decode the path. */
  answerMalformed(request: FastifyRequest, reply: FastifyReply): void {
    const isRoute = !this.routes.isUntidy(request.raw.url ?? '');
    this.answer(
      isRoute ? new ApiError(400, 'malformed_request', 'The request line is malformed.') : untidyPath(request),
      request,
      reply,
    );
  }

  private answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const answer = this.answerFor(error, request);
    if (answer.status >= 500) this.report(error, answer);
    // The hooks of requests do not see each one.
    void reply.status(answer.status).headers({ ...answerHeaders(request.id), ...answer.headers });
    if (asksForProblem(request.headers.accept)) {
      void reply.type('application/problem+json').send(JSON.stringify(problem(answer, request)));
    } else {
      void reply.type('application/json; charset=utf-8').send(errorBody(answer));
    }
  }

  private answerFor(error: unknown, request: FastifyRequest): ApiError {
    if (error instanceof ApiError) return error;
    return (request.is404 && this.routes.errorFor(request)) || apiErrorOf(error, this.table);
  }

  private report(error: unknown, answer: ApiError): void {
    const err = answer.cause ?? error;
    if (answer.status === 503) this.unavailable.warn(answer.code, { msg: answer.message, code: answer.code, err });
    else this.logger.error({ msg: 'Request failed', err });
  }
}

/** The answer to an error of the application. */
export const apiErrorOf = (error: unknown, table: ErrorTable): ApiError =>
  error instanceof ApiError ? error : (table(error) ?? edgeError(error) ?? internal(error));

/** Errors of the HTTP server, the framework and the database that mean the same in every app. */
function edgeError(error: unknown): ApiError | undefined {
  if (isTransientDatabaseError(error)) return unavailable('database_unavailable', 'The database is not available.', 1, error);
  const { code, statusCode } = serverError(error) as { code?: unknown; statusCode?: unknown };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new ApiError(413, 'body_too_large', 'The body is larger than 1 MiB.');
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new ApiError(415, 'unsupported_media_type', 'The content type is malformed.');
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new ApiError(400, 'malformed_request', 'The request is malformed.');
  }
  if (error instanceof HttpException) {
    const status = error.getStatus();
    return status === 503 ? unavailable('http_error', error.message) : new ApiError(status, 'http_error', error.message);
  }
  return undefined;
}

/** An error of Fastify, which Nest wraps into an exception without its code; else the error itself. */
const serverError = (error: unknown): unknown => (error instanceof HttpException && error.cause ? error.cause : error);

const internal = (cause: unknown): ApiError => new ApiError(500, 'internal_error', 'Something went wrong here.', { cause });

/** Whether `Accept` names the problem form, with a weight above 0. */
const asksForProblem = (accept = ''): boolean =>
  withoutQuotedSeparators(accept)
    .split(',')
    .some((range) => /^\s*application\/problem\+json\s*(;(?!\s*q=0(\.0*)?\s*$).*)?$/i.test(range));

function problem(answer: ApiError, request: FastifyRequest): Record<string, unknown> {
  const { message, code, ...members } = errorBody(answer);
  return {
    type: 'about:blank',
    title: STATUS_CODES[answer.status],
    status: answer.status,
    detail: message,
    instance: pathOf(request.url),
    code,
    ...members,
  };
}
