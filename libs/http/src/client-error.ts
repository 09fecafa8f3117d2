import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { answerHeaders } from './answer-headers.js';
import { ApiError, errorBody } from './api-error.js';

/** Answers bytes that never became a request: the server's parser rejected them, or they arrived too late. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code !== 'ECONNRESET' && socket.writable) socket.write(responseOf(answerFor(error.code)));
  socket.destroy();
}

function answerFor(code: string | undefined): ApiError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new ApiError(408, 'request_timeout', 'The request took too long to arrive.');
  if (code === 'HPE_HEADER_OVERFLOW') return new ApiError(431, 'headers_too_large', 'The headers are too large.');
  return new ApiError(400, 'malformed_request', 'The request is malformed.');
}

function responseOf(answer: ApiError): string {
  const body = JSON.stringify(errorBody(answer));
  const { 'x-request-id': requestId, ...headers } = answerHeaders(randomUUID());
  return [
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}`,
    `X-Request-Id: ${requestId}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
