import { BASE_PATH } from './base-path.js';

const text = (description: string, example: string, pattern?: string) => ({
  description,
  schema: { type: 'string', ...(pattern ? { pattern } : {}), examples: [example] },
});
const whole = (description: string, example: number, minimum = 0) => ({
  description,
  schema: { type: 'integer', minimum, examples: [example] },
});

/** Every header of answers, by name. */
export const HEADERS = {
  'X-Request-Id': text("The caller's id of the request, or one that was made for it. Events carry it too.", 'order-4711'),
  'X-RateLimit-Limit': whole(
    'Requests a minute that the token may make. Absent where there is no limit, as are the next three.',
    1000,
  ),
  'X-RateLimit-Remaining': whole('How many of them are left.', 998),
  'RateLimit-Policy': text('The limit as a policy: requests and seconds.', '"default";q=1000;w=60'),
  RateLimit: text('What is left of it, and in how many seconds it is whole again.', '"default";r=998;t=12'),
  'WWW-Authenticate': text('The scheme that is asked for.', 'Bearer'),
  'Retry-After': whole('Seconds after which the same request can succeed.', 1, 1),
  Allow: text('Methods that the path has.', 'DELETE, GET, HEAD, PATCH, POST'),
  ETag: text('The version of the contact or company as an entity tag, for `If-Match` and `If-None-Match`.', '"7"', '^"[0-9]+"$'),
  Location: text('Where what was made is read. Absent in a dry run.', `${BASE_PATH}/contacts/123`),
  'Portal-Login-Version': whole(
    "The portal login's version, after a write the one that it led to, where there is or was a login.",
    3,
    1,
  ),
  'Idempotency-Replayed': text('`true` where the answer is that of an earlier request with this key.', 'true', '^true$'),
  'Snapshot-Cursor': text(
    'The place in the events before the moment of the export: the `Last-Event-ID` from which `/events/stream` goes on.',
    'MS4wLjE3',
  ),
  'Snapshot-Offsets': text(
    'The same place for a Kafka reader: of each topic the offset of each partition. Absent where it is longer than 4 KB.',
    '{"contact-sync.contacts.v1":{"0":123}}',
  ),
  'Preference-Applied': text('`dry-run` where nothing was stored.', 'dry-run', '^dry-run$'),
} as const;

/** The name of an answer's header. */
export type HeaderName = keyof typeof HEADERS;

/** Headers of every answer under the base path once the caller is known. */
export const QUOTA_HEADERS: readonly HeaderName[] = [
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'RateLimit-Policy',
  'RateLimit',
];

/** Headers of an answer, by reference. */
export const headersNamed = (names: readonly HeaderName[]): Record<string, { $ref: string }> =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
