import Type, { type TSchema } from 'typebox';
import { headersNamed, type HeaderName } from './headers.js';
import { schemaNamed } from './schemas.js';

/** How the document describes the errors of a status. */
interface ErrorStatus {
  name: string;
  description: string;
  codes: readonly string[];
  headers?: readonly HeaderName[];
}

const STATUSES: Readonly<Record<number, ErrorStatus>> = {
  400: {
    name: 'BadRequest',
    description: 'The request line, a header or the body can not be read.',
    codes: ['malformed_body', 'malformed_header', 'malformed_request'],
  },
  401: {
    name: 'Unauthenticated',
    description: 'No token or a wrong one, or at a sign-in a wrong email or password: one answer for both.',
    codes: ['unauthenticated', 'invalid_credentials'],
    headers: ['WWW-Authenticate'],
  },
  404: { name: 'NotFound', description: 'There is no such login.', codes: ['portal_login_not_found', 'route_not_found'] },
  413: { name: 'ContentTooLarge', description: 'The body is larger than 1 MiB.', codes: ['body_too_large'] },
  415: {
    name: 'UnsupportedMediaType',
    description: 'The body is not JSON in UTF-8, or it is encoded.',
    codes: ['unsupported_media_type'],
  },
  422: {
    name: 'Unprocessable',
    description: 'Fields or parameters break rules: every one that does is in `errors`.',
    codes: ['validation_failed'],
  },
  429: {
    name: 'TooManyRequests',
    description: 'Too many failed sign-ins of this email or address, too many at once, or too many wrong tokens of this address.',
    codes: ['too_many_attempts', 'too_many_unknown_tokens'],
    headers: ['Retry-After'],
  },
  503: {
    name: 'Unavailable',
    description: 'A part that the answer needs is away, silent or full.',
    codes: ['database_unavailable', 'hash_queue_full', 'credential_unavailable'],
    headers: ['Retry-After'],
  },
};

const message = Type.String({ description: 'For people; its words may change.', examples: ['Email or password is wrong.'] });
const fieldErrors = Type.Object(
  {},
  {
    additionalProperties: Type.Array(Type.String(), { minItems: 1 }),
    description: 'What is wrong with each field, by its name.',
    examples: [{ email: ['must be a string'] }],
  },
);

const membersOf = (status: number, { codes }: ErrorStatus): Record<string, TSchema> => ({
  code: Type.Enum([...codes], { type: 'string', description: 'For programs.' }),
  ...(status === 422 ? { errors: fieldErrors } : {}),
});

const problemOf = (status: number, described: ErrorStatus): TSchema =>
  Type.Object({
    type: Type.Literal('about:blank'),
    title: Type.String({ description: 'The status in words.' }),
    status: Type.Literal(status),
    detail: message,
    instance: Type.String({ description: 'Path of the request.' }),
    ...membersOf(status, described),
  });

const statuses = Object.entries(STATUSES).map(([status, described]) => [Number(status), described] as const);

/** Schemas of the bodies of errors: plain, and as RFC 9457 has them. */
export const ERROR_SCHEMAS = Object.fromEntries(
  statuses.flatMap(([status, described]) => [
    [`${described.name}Error`, Type.Object({ message, ...membersOf(status, described) })],
    [`${described.name}Problem`, problemOf(status, described)],
  ]),
);

/** Error responses as components. */
export const ERROR_RESPONSES = Object.fromEntries(
  statuses.map(([, { name, description, headers = [] }]) => [
    name,
    {
      description,
      headers: headersNamed(['X-Request-Id', ...headers]),
      content: {
        'application/json': { schema: schemaNamed(`${name}Error`) },
        'application/problem+json': { schema: schemaNamed(`${name}Problem`) },
      },
    },
  ]),
);

/** An error response by its status. */
export const errorResponse = (status: number): { $ref: string } => ({
  $ref: `#/components/responses/${STATUSES[status]!.name}`,
});
