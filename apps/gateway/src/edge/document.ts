import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { withIntegerFormats } from '#app/http';
import { BEARER } from '../callers/scope.decorator.js';
import { HEADERS } from '../wire/headers.js';
import { FILTER_SCHEMAS } from '../lists/list-parameters.js';
import { completeOperation } from './operations.js';
import { PARAMETERS } from '../wire/parameters.js';
import { ERROR_RESPONSES, ERROR_SCHEMAS } from './error-responses.js';
import { schemaComponents } from '../wire/schema-refs.js';

const DESCRIPTION = `Contacts, their companies and their portal logins. What is written here is what callers may rely on.

- Every request below \`/external/api/v1\` has \`Authorization: Bearer <token>\`; the token needs the scope that the operation names. No scope implies another.
- An absent field keeps its value, null clears it. Text is trimmed, but for passwords, and empty text is null. Text has no control characters but tab, newline and carriage return.
- A body may be empty, and \`[]\` counts as \`{}\`. It is nested 20 levels deep at most, and 1 MiB long.
- Every error has \`message\`, for people, and \`code\`, for programs; a 422 has \`errors\`, every field that fails by its name. \`Accept: application/problem+json\` gets the same as RFC 9457.
- An unknown path is 404, a known one with another method 405 with \`Allow\`.
- What follows from writes is published as events: [asyncapi](/asyncapi).`;

const TAGS: Record<string, string> = {
  contacts: 'People at companies.',
  'portal logins': 'With which contacts sign in to the portal.',
  companies: 'Where contacts have their places.',
  'company tags': 'Words that companies are found by.',
  events: 'What has changed, and what is changing.',
  tokens: 'Who may call.',
  audit: 'Who did what.',
  health: 'How the service is; without a token.',
};

/** The OpenAPI document of an application, made from its routes, rules and schemas. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const document = SwaggerModule.createDocument(app, configuration());
  const { schemas = {}, ...components } = document.components ?? {};
  return withIntegerFormats({
    ...document,
    paths: distinctIds(completePaths(document.paths)),
    components: {
      ...components,
      schemas: { ...schemas, ...schemaComponents([...FILTER_SCHEMAS, ...ERROR_SCHEMAS]) } as never,
      responses: ERROR_RESPONSES,
      parameters: PARAMETERS,
      headers: HEADERS,
    },
  });
}

function configuration() {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('contact-sync')
    .setVersion('1')
    .setDescription(DESCRIPTION)
    .setLicense('MIT', 'https://spdx.org/licenses/MIT.html')
    .addServer('/', 'Where this document is answered.')
    .addSecurity(BEARER, {
      type: 'http',
      scheme: 'bearer',
      description: 'An API token. The scopes of an operation are what it must allow.',
    });
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  return builder.build();
}

const completePaths = (paths: OpenAPIObject['paths']): OpenAPIObject['paths'] =>
  Object.fromEntries(
    Object.entries(paths)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, item]) => [
        path,
        Object.fromEntries(
          Object.entries(item).map(([method, operation]) => [method, completeOperation(path, method, operation as never)]),
        ),
      ]),
  );

/** A route with two paths has one id: the second path gets it with a suffix. */
function distinctIds(paths: OpenAPIObject['paths']): OpenAPIObject['paths'] {
  const known = new Set<string>();
  for (const item of Object.values(paths)) {
    for (const operation of Object.values(item) as { operationId: string; summary: string }[]) {
      if (known.has(operation.operationId)) {
        operation.operationId += 'Alias';
        operation.summary += ' (the same by another path)';
      }
      known.add(operation.operationId);
    }
  }
  return paths;
}
