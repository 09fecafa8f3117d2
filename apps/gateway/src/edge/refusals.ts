import Type, { type TSchema } from 'typebox';
import { mapOf } from '../wire/schemas.js';
import { headersNamed, QUOTA_HEADERS, type HeaderName } from '../wire/headers.js';

interface Refusal {
  /** Name of the component. */
  name: string;
  description: string;
  codes: readonly [string, ...string[]];
  headers?: readonly HeaderName[];
  /** Members of the body beside those that every error has. */
  members?: Record<string, TSchema>;
}

const fieldErrors = mapOf(Type.Array(Type.String(), { minItems: 1 }), {
  description: 'What is wrong with each field, by the name that the request gave it; items of a list by their index (`tags.1`).',
  examples: [{ email: ['must be an email address'] }],
});

/** Every status by which a request is refused: what it means, and the codes that its body can have. */
export const REFUSALS: Readonly<Record<number, Refusal>> = {
  400: {
    name: 'BadRequest',
    description: 'The request line, a header or the body can not be read.',
    codes: ['malformed_body', 'malformed_header', 'malformed_request'],
  },
  401: {
    name: 'Unauthenticated',
    description: 'No bearer token, or one that is unknown, revoked or expired.',
    codes: ['unauthenticated'],
    headers: ['WWW-Authenticate'],
  },
  403: {
    name: 'Forbidden',
    description: 'The token lacks the scope of the operation, or one that it is to give away.',
    codes: ['missing_scope', 'scope_not_held'],
  },
  404: {
    name: 'NotFound',
    description: 'What the path names does not exist. An id that is no positive integer is one that does not exist.',
    codes: ['contact_not_found', 'company_not_found', 'company_tag_not_found', 'token_not_found', 'route_not_found'],
  },
  405: {
    name: 'MethodNotAllowed',
    description: 'The path exists, with other methods.',
    codes: ['method_not_allowed'],
    headers: ['Allow'],
  },
  409: {
    name: 'Conflict',
    description:
      'The request collides with what there is: the `code` says how. `Retry-After` comes with `idempotency_key_in_use`.',
    codes: ['idempotency_key_in_use', 'company_in_use', 'email_ambiguous'],
    headers: ['Retry-After'],
    members: {
      contacts: Type.Integer({ minimum: 1, description: 'With `company_in_use`: how many contacts have no other company.' }),
      contact_ids: Type.Array(Type.Integer({ minimum: 1 }), {
        minItems: 2,
        description: 'With `email_ambiguous`: the contacts that have the email.',
      }),
    },
  },
  410: {
    name: 'Gone',
    description: 'What follows `Last-Event-ID` is no longer held: read the contacts, then begin anew.',
    codes: ['cursor_expired'],
  },
  412: {
    name: 'PreconditionFailed',
    description: 'The contact has another version than `If-Match` names.',
    codes: ['version_mismatch'],
  },
  413: { name: 'ContentTooLarge', description: 'The body is larger than 1 MiB.', codes: ['body_too_large'] },
  415: {
    name: 'UnsupportedMediaType',
    description: 'The body is not JSON in UTF-8, or it is encoded.',
    codes: ['unsupported_media_type'],
  },
  422: {
    name: 'Unprocessable',
    description: 'Fields, parameters or headers break rules: every one that does is in `errors`. Nothing was changed.',
    codes: ['validation_failed', 'email_taken', 'idempotency_key_reused'],
    members: { errors: fieldErrors },
  },
  429: {
    name: 'TooManyRequests',
    description: 'The quota of the token is used up, or it has too many event streams open.',
    codes: ['rate_limited', 'too_many_streams'],
    headers: ['Retry-After'],
  },
  503: {
    name: 'Unavailable',
    description:
      'A part that the answer needs is away, silent or full. With an `Idempotency-Key` the request can be repeated safely.',
    codes: [
      'database_unavailable',
      'timed_out',
      'contended',
      'hash_queue_full',
      'outbox_full',
      'events_unavailable',
      'streams_full',
    ],
    headers: ['Retry-After'],
  },
};

const message = Type.String({ description: 'For people; its words may change.', examples: ['Contact not found.'] });
const codeOf = ({ codes }: Refusal) => Type.Enum([...codes], { type: 'string', description: 'For programs.' });

/** What the body of a refusal has beside `message` and `code`; `errors` is always there, the others as their descriptions say. */
function membersOf({ members = {} }: Refusal): Record<string, TSchema> {
  return Object.fromEntries(
    Object.entries(members).map(([name, schema]) => [name, name === 'errors' ? schema : Type.Optional(schema)]),
  );
}

/** The body of a refusal, by the refusal's name. */
const errorSchema = (refusal: Refusal): TSchema =>
  Type.Object(
    { message, code: codeOf(refusal), ...membersOf(refusal) },
    { title: `${refusal.name}Error`, description: refusal.description },
  );

const problemSchema = (status: number, refusal: Refusal): TSchema =>
  Type.Object(
    {
      type: Type.Literal('about:blank'),
      title: Type.String({ description: 'The code in words.' }),
      status: Type.Literal(status),
      detail: message,
      instance: Type.String({ description: 'Path of the request.' }),
      code: codeOf(refusal),
      ...membersOf(refusal),
    },
    { title: `${refusal.name}Problem`, description: 'The same as RFC 9457 has it, where `Accept` asks for it.' },
  );

const refusals = Object.entries(REFUSALS);

/** Schemas of all refusals' bodies. */
export const REFUSAL_SCHEMAS: readonly TSchema[] = refusals.flatMap(([status, refusal]) => [
  errorSchema(refusal),
  problemSchema(Number(status), refusal),
]);

const examplesOf = (refusal: Refusal) => ({
  message: 'What is wrong, in words.',
  code: refusal.codes[0],
  ...(refusal.members?.['errors'] ? { errors: { email: ['must be an email address'] } } : {}),
});

/** All refusals as components. */
export const REFUSAL_RESPONSES = Object.fromEntries(
  refusals.map(([status, refusal]) => [
    refusal.name,
    {
      description: refusal.description,
      headers: headersNamed([
        'X-Request-Id',
        ...(['401', '405'].includes(status) ? [] : QUOTA_HEADERS),
        ...(refusal.headers ?? []),
      ]),
      content: {
        'application/json': {
          schema: { $ref: `#/components/schemas/${refusal.name}Error` },
          example: examplesOf(refusal),
        },
        'application/problem+json': { schema: { $ref: `#/components/schemas/${refusal.name}Problem` } },
      },
    },
  ]),
);

/** A refusal by its status. */
export const refusalReference = (status: number): { $ref: string } => ({
  $ref: `#/components/responses/${REFUSALS[status]!.name}`,
});
