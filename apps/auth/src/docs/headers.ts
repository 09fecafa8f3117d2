/** Headers of the answers, by name. */
export const HEADERS = {
  'X-Request-Id': {
    description: "The caller's id of the request, or one that was made for it.",
    schema: { type: 'string', examples: ['order-4711'] },
  },
  'WWW-Authenticate': { description: 'The scheme that is asked for.', schema: { type: 'string', examples: ['Bearer'] } },
  'Retry-After': {
    description: 'Seconds after which the same request can succeed.',
    schema: { type: 'integer', minimum: 1, examples: [1] },
  },
} as const;

export type HeaderName = keyof typeof HEADERS;

/** Headers of an answer, by reference. */
export const headersNamed = (names: readonly HeaderName[]): Record<string, { $ref: string }> =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
