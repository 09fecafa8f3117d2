import Type, { type TSchema } from 'typebox';
import { codesOf } from '../wire/error-codes.js';
import { mapOf } from '../wire/schemas.js';
import { headersNamed, QUOTA_HEADERS, type HeaderName } from '../wire/headers.js';

/** The document's description of an error status. */
interface StatusDescription {
  /** Name of the component. */
  name: string;
  description: string;
  headers?: readonly HeaderName[];
  /** Members of the body besides those of every error. */
  members?: Record<string, TSchema>;
}

const fieldErrors = mapOf(Type.Array(Type.String(), { minItems: 1 }), {
  description: 'What is wrong with each field, by the name that the request gave it; items of a list by their index (`tags.1`).',
  examples: [{ email: ['must be an email address'] }],
});

/** Every error status and its meaning; its codes are those of the table. */
const STATUSES: Readonly<Record<number, StatusDescription>> = {
  400: {
    name: 'BadRequest',
    description: 'The request line, a header or the body can not be read.',
  },
  401: {
    name: 'Unauthenticated',
    description: 'No bearer token, or one that is unknown, revoked or expired.',
    headers: ['WWW-Authenticate'],
  },
  403: {
    name: 'Forbidden',
    description: 'The token lacks the scope of the operation, or one that it is to give away.',
  },
  404: {
    name: 'NotFound',
    description: 'What the path names does not exist. An id that is no positive integer is one that does not exist.',
  },
  405: {
    name: 'MethodNotAllowed',
    description: 'The path exists, with other methods.',
    headers: ['Allow'],
  },
  409: {
    name: 'Conflict',
    description:
      'The request collides with what there is: the `code` says how. `Retry-After` comes with `idempotency_key_in_use`.',
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
  },
  412: {
    name: 'PreconditionFailed',
    description: '`If-Match` or `If-None-Match` does not permit the version that there is.',
  },
  413: { name: 'ContentTooLarge', description: 'The body is larger than 1 MiB.' },
  415: {
    name: 'UnsupportedMediaType',
    description: 'The body is not JSON in UTF-8, or it is encoded.',
  },
  422: {
    name: 'Unprocessable',
    description: 'Fields, parameters or headers break rules: every one that does is in `errors`. Nothing was changed.',
    members: { errors: fieldErrors },
  },
  429: {
    name: 'TooManyRequests',
    description:
      'The quota of the token is used up, it has too many lists or event streams open, or its address has sent too many unknown tokens.',
    headers: ['Retry-After'],
  },
  503: {
    name: 'Unavailable',
    description:
      'A part that the answer needs is away, silent or full. With an `Idempotency-Key` the request can be repeated safely.',
    headers: ['Retry-After'],
  },
};

const message = Type.String({ description: 'For people; its words may change.', examples: ['Contact not found.'] });

/** A status as a schema of the body. */
interface Status extends StatusDescription {
  status: number;
  code: TSchema;
  bodyMembers: Record<string, TSchema>;
}

const statuses = Object.entries(STATUSES).map(([key, described]): Status => {
  const status = Number(key);
  const code = Type.Enum(codesOf(status), { type: 'string', description: 'For programs.' });
  return { ...described, status, code, bodyMembers: optionalButErrors(described) };
});

/** Members of a body besides `message` and `code`; `errors` is always there, the others as their descriptions say. */
function optionalButErrors({ members = {} }: StatusDescription): Record<string, TSchema> {
  return Object.fromEntries(
    Object.entries(members).map(([name, schema]) => [name, name === 'errors' ? schema : Type.Optional(schema)]),
  );
}

const errorSchema = ({ name, description, code, bodyMembers }: Status): TSchema =>
  Type.Object({ message, code, ...bodyMembers }, { title: `${name}Error`, description });

const problemSchema = ({ status, name, code, bodyMembers }: Status): TSchema =>
  Type.Object(
    {
      type: Type.Literal('about:blank'),
      title: Type.String({ description: 'The code in words.' }),
      status: Type.Literal(status),
      detail: message,
      instance: Type.String({ description: 'Path of the request.' }),
      code,
      ...bodyMembers,
    },
    { title: `${name}Problem`, description: 'The same as RFC 9457 has it, where `Accept` asks for it.' },
  );

/** Schemas of the bodies of all errors. */
export const ERROR_SCHEMAS: readonly TSchema[] = statuses.flatMap((status) => [errorSchema(status), problemSchema(status)]);

const exampleOf = ({ status, members }: Status) => ({
  message: 'What is wrong, in words.',
  code: codesOf(status)[0],
  ...(members?.['errors'] ? { errors: { email: ['must be an email address'] } } : {}),
});

const responseOf = (described: Status) => ({
  description: described.description,
  headers: headersNamed([
    'X-Request-Id',
    ...([401, 405].includes(described.status) ? [] : QUOTA_HEADERS),
    ...(described.headers ?? []),
  ]),
  content: {
    'application/json': {
      schema: { $ref: `#/components/schemas/${described.name}Error` },
      example: exampleOf(described),
    },
    'application/problem+json': { schema: { $ref: `#/components/schemas/${described.name}Problem` } },
  },
});

/** All error responses as components. */
export const ERROR_RESPONSES = Object.fromEntries(statuses.map((described) => [described.name, responseOf(described)]));

/** An error response by its status. */
export const errorResponseReference = (status: number): { $ref: string } => ({
  $ref: `#/components/responses/${STATUSES[status]!.name}`,
});
