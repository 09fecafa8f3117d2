import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { withIntegerFormats } from '#app/http';
import { errorResponse, ERROR_RESPONSES, ERROR_SCHEMAS } from './errors.js';
import { HEADERS, headersNamed, type HeaderName } from './headers.js';
import { OPERATION, type OperationDescription } from './operation.decorator.js';
import { schemaNamed, SCHEMAS } from './schemas.js';

const DESCRIPTION = `Sign-in to the customer portal with the logins that the gateway publishes. What is written here is what callers may rely on.

- Two tokens: an *access token* is what a sign-in answers; the *operator's token* is the setting \`AUTH_OPERATOR_TOKEN\`, in a local run the API token.
- Every error has \`message\`, for people, and \`code\`, for programs; a 422 has \`errors\`, every field that fails by its name. \`Accept: application/problem+json\` gets the same as RFC 9457.
- An unknown path is 404, a known one with another method 405 with \`Allow\`.`;

const TAGS: Record<string, string> = {
  sessions: 'Sign-in, sign-out, and who is signed in.',
  'portal logins': 'What the auth app holds now, for operators.',
  keys: 'By which other services verify access tokens.',
  audit: 'Failed and blocked sign-ins, and commands of operators.',
  health: 'How the service is; without a token.',
};

const SECURITY = {
  accessToken: 'What `POST /portal/sessions` answers; it ends with the session.',
  operatorToken: "The operator's token of the auth app.",
};

const REQUEST_ID = {
  name: 'X-Request-Id',
  in: 'header',
  description: 'An id of your own, 1 to 128 visible ASCII characters; the answer and log lines carry it.',
  schema: { type: 'string', minLength: 1, maxLength: 128, pattern: '^[!-~]+$' },
};

/** The OpenAPI document of the auth app: routes from its controllers, words from their descriptions. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const { paths, components, ...document } = SwaggerModule.createDocument(app, configuration());
  return withIntegerFormats({
    ...document,
    paths: Object.fromEntries(
      Object.entries(paths)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([path, item]) => [path, completeItem(item as never)]),
    ),
    components: {
      ...components,
      schemas: { ...SCHEMAS, ...ERROR_SCHEMAS } as never,
      responses: ERROR_RESPONSES as never,
      headers: HEADERS as never,
      parameters: { RequestId: REQUEST_ID as never },
    },
  });
}

function configuration() {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('contact-sync auth')
    .setVersion('1')
    .setDescription(DESCRIPTION)
    .setLicense('MIT', 'https://spdx.org/licenses/MIT.html')
    .addServer('/', 'Where this document is answered.');
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  for (const [name, description] of Object.entries(SECURITY))
    builder.addSecurity(name, { type: 'http', scheme: 'bearer', description });
  return builder.build();
}

type Found = Record<string, unknown> & { responses: Record<string, object> };

const completeItem = (item: Record<string, Found>): never =>
  Object.fromEntries(Object.entries(item).map(([method, found]) => [method, completeOperation(found)])) as never;

function completeOperation(found: Found): object {
  const described = found[OPERATION] as OperationDescription | undefined;
  const parameters = [...(described?.parameters ?? []), { $ref: '#/components/parameters/RequestId' }];
  // Routes of the library describe themselves.
  if (!described) return { ...found, security: [], parameters, responses: withHeaders(found.responses) };
  const { id, summary, tag, security, body } = described;
  return {
    operationId: id,
    summary,
    tags: [tag],
    security: security ? [{ [security]: [] }] : [],
    parameters,
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: schemaNamed(body) } } } }),
    responses: responsesOf(described),
  };
}

function responsesOf({ answers, errors = [] }: OperationDescription): object {
  const successes = Object.entries(answers).map(([status, { description, schema, headers = [] }]) => [
    status,
    {
      description,
      headers: headersOf(status, headers),
      ...(schema && { content: { 'application/json': { schema: schemaNamed(schema) } } }),
    },
  ]);
  return Object.fromEntries([...successes, ...errors.map((status) => [String(status), errorResponse(status)])]) as object;
}

const withHeaders = (responses: Record<string, object>): object =>
  Object.fromEntries(
    Object.entries(responses).map(([status, response]) => [status, { ...response, headers: headersOf(status) }]),
  );

const headersOf = (status: string, more: readonly HeaderName[] = []): object =>
  headersNamed(['X-Request-Id', ...(status === '503' ? (['Retry-After'] as const) : []), ...more]);
