/**
 * The headers of every answer. It can contain personal data or a new token, and no page may be framed: a route can override these headers.
 * The names are in lower case, as Fastify keeps them.
 */
export const answerHeaders = (requestId: string): Record<string, string> => ({
  'x-request-id': requestId,
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'x-frame-options': 'DENY',
});
