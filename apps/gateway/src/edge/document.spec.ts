import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { LIST_OPERATORS } from '../lists/list-operators.js';
import { CONTACT_LIST_FIELDS } from '../contacts/list/contact-list.fields.js';
import { lint } from '../../../../test/openapi.lint.js';
import { offlineDocument, previewGateway } from '../offline-document.js';

interface Route {
  url: string;
  method: string;
  config?: { scope?: string };
}

/** Routes that describe the service. */
const NOT_DOCUMENTED = /^\/(docs|openapi\.json|asyncapi|asyncapi\.json)(\/|$)/;

let document: any;
let routes: Route[];

beforeAll(async () => {
  document = await offlineDocument();
  routes = await registeredRoutes();
});

/** All routes of the HTTP server. */
async function registeredRoutes(): Promise<Route[]> {
  const found: Route[] = [];
  const adapter = new FastifyAdapter();
  adapter.getInstance().addHook('onRoute', ({ url, method, config }) => {
    for (const name of [method].flat()) found.push({ url, method: name, config: config as NonNullable<Route['config']> });
  });
  const app = await previewGateway(adapter);
  await app.init();
  await app.close();
  return found.filter(({ url, method }) => method !== 'HEAD' && !NOT_DOCUMENTED.test(url));
}

const operations = (): [path: string, method: string, operation: any][] =>
  Object.entries<any>(document.paths).flatMap(([path, item]) =>
    Object.entries<any>(item).map(([method, operation]) => [path, method, operation] as [string, string, any]),
  );

const resolved = (part: any): any =>
  part.$ref === undefined
    ? part
    : part.$ref
        .split('/')
        .slice(1)
        .reduce((at: any, name: string) => at[name], document);

/** The document's operations without a route, and routes without their entry or with another scope. */
function routeDefects(known: Route[]): string[] {
  const documented = new Map(operations().map(([path, method, operation]) => [`${method.toUpperCase()} ${path}`, operation]));
  const defects: string[] = [];
  for (const { url, method, config } of known) {
    const name = `${method} ${url.replace(/:(\w+)/g, '{$1}')}`;
    const operation = documented.get(name);
    documented.delete(name);
    if (!operation) defects.push(`${name} has no entry`);
    else if ((operation.security[0]?.bearer[0] ?? null) !== (config?.scope ?? null)) defects.push(`${name} has another scope`);
  }
  return [...defects, ...[...documented.keys()].map((name) => `${name} has no route`)];
}

describe('the OpenAPI document', () => {
  it('when an answer is 503 / it has Retry-After', () => {
    const answers = operations().flatMap(([, , { responses }]) => resolved(responses['503'] ?? []));
    expect(answers.length).toBeGreaterThan(10);
    for (const { headers } of answers) expect(Object.keys(headers)).toContain('Retry-After');
  });

  it('when it is linted / is valid and complete', async () => {
    expect(await lint(document)).toEqual([]);
  });

  it.each<[string, (source: any) => void]>([
    ['a schema is nowhere', (source) => delete source.components.schemas.Contact],
    ['an example breaks its schema', (source) => (source.components.schemas.Contact.properties.version.examples = ['one'])],
    ['a path parameter has no entry', (source) => (source.paths['/external/api/v1/contacts/{id}'].get.parameters = [])],
    ['an id is used twice', (source) => (source.paths['/health'].get.operationId = 'getContact')],
  ])('when %s / the linter reports it', async (_what, spoil) => {
    const broken = structuredClone(document);
    spoil(broken);
    expect(await lint(broken)).not.toEqual([]);
  });

  it('when it is generated / equals the committed docs/openapi.json, which npm run openapi writes', () => {
    expect(JSON.parse(readFileSync('docs/openapi.json', 'utf8'))).toEqual(document);
  });

  it('when it is compared with the routes / has each with its scope, and no other', () => {
    expect(routes.length).toBeGreaterThan(25);
    expect(routeDefects(routes)).toEqual([]);
  });

  it('when a route is missing, has another scope, or does not exist / the comparison reports it', () => {
    const [first, ...others] = routes;
    const name = (route: Route): string => `${route.method} ${route.url.replace(/:(\w+)/g, '{$1}')}`;
    expect(routeDefects([...routes, { url: '/external/api/v1/new', method: 'GET' }])).toEqual([
      'GET /external/api/v1/new has no entry',
    ]);
    expect(routeDefects([{ ...first!, config: { scope: 'events:read' } }, ...others])).toEqual([
      `${name(first!)} has another scope`,
    ]);
    expect(routeDefects(others)).toEqual([`${name(first!)} has no route`]);
  });
});

describe('an operation of the OpenAPI document', () => {
  it('when any is read / has a name, a summary and a description of each answer', () => {
    for (const [path, method, { operationId, summary, tags, responses }] of operations()) {
      expect([path, method, operationId, summary.length > 0, tags.length]).toEqual([path, method, expect.any(String), true, 1]);
      for (const response of Object.values(responses)) expect(resolved(response).description).not.toBe('');
    }
  });

  it('when it is under the base path / has the errors of the earlier checks, each with its headers', () => {
    for (const [path, , { responses }] of operations().filter(([path]) => path.startsWith('/external'))) {
      expect([path, Object.keys(responses)]).toEqual([path, expect.arrayContaining(['400', '401', '403', '429', '503'])]);
      expect(resolved(responses['401']).headers).toHaveProperty('WWW-Authenticate');
      for (const status of ['429', '503']) expect(resolved(responses[status]).headers).toHaveProperty('Retry-After');
      for (const response of Object.values(responses)) expect(resolved(response).headers).toHaveProperty('X-Request-Id');
    }
  });

  it.each(['/contacts/export', '/companies/export'])('when it is %s / has both content types', (path) => {
    const { content } = document.paths[`/external/api/v1${path}`].get.responses['200'];
    expect(Object.keys(content)).toEqual(['application/x-ndjson', 'text/csv']);
  });

  it('when it takes a body / has the errors of bodies, and at least one example', () => {
    for (const [, , { requestBody, responses }] of operations().filter(([, , { requestBody }]) => requestBody)) {
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['413', '415', '422']));
      for (const { examples } of Object.values<any>(requestBody.content)) expect(Object.keys(examples)).not.toEqual([]);
    }
  });

  it.each([
    ['412', 'IfMatch', 13],
    ['304 or 412', 'IfNoneMatch', 15],
    ['410', 'LastEventId', 1],
  ])('when it answers %s / has the parameter that leads to it, and no other has it', (statuses, parameter, count) => {
    const having = operations().filter(([, , { responses }]) => statuses.split(' or ').some((status) => status in responses));
    const reading = operations().filter(([, , { parameters }]) =>
      parameters.some(({ $ref }: { $ref?: string }) => $ref === `#/components/parameters/${parameter}`),
    );
    expect(having.length).toBe(count);
    expect(reading).toEqual(having);
  });
});

describe('a body of the OpenAPI document', () => {
  it.each([
    ['CreateContact', ['first_name']],
    ['UpsertContact', ['email']],
    ['UpdateContact', undefined],
    ['UpdateBatchItem', ['id']],
    ['CreateCompany', ['name']],
    ['UpdateCompany', undefined],
    ['CompanyTags', ['tags']],
    ['PortalPassword', ['password']],
    ['CreateToken', ['name', 'scopes']],
  ])('when it is %s / requires the fields %j', (name, required) => {
    expect(document.components.schemas[name].required).toEqual(required);
  });
});

describe('a list of the OpenAPI document', () => {
  it('when any is read / has every field as a filter with every operator, and every sortable one to sort by', () => {
    const { parameters } = document.paths['/external/api/v1/contacts'].get;
    for (const [name, { sortBy }] of CONTACT_LIST_FIELDS) {
      const { schema } = parameters.find((parameter: { name?: string }) => parameter.name === name);
      expect([name, Object.keys(resolved(schema).properties)]).toEqual([name, [...LIST_OPERATORS.keys()]]);
      const { items } = parameters.find((parameter: { name?: string }) => parameter.name === 'sort').schema;
      expect([name, items.enum.includes(`${name}:desc`)]).toEqual([name, sortBy !== null]);
    }
  });
});

describe('the OpenAPI document, for generators of clients', () => {
  it('when an operation has several parameters / no two of them have one name', () => {
    const doubled = operations().flatMap(([path, method, { parameters }]) => {
      const names = parameters.map((each: any) => resolved(each).name.toLowerCase());
      return names
        .filter((name: string, at: number) => names.indexOf(name) < at)
        .map((name: string) => `${method} ${path} ${name}`);
    });
    expect(doubled).toEqual([]);
  });

  it('when a value has several types / no enum mixes them', () => {
    const mixed = parts(document).filter(({ enum: values }) => new Set(values?.map((value: unknown) => typeof value)).size > 1);
    expect(mixed).toEqual([]);
  });

  it('when an integer can be more than 32 bits hold / says so by its format', () => {
    const isWide = ({ type, maximum = Infinity, enum: values }: any) =>
      [type].flat().includes('integer') && !values && !(maximum < 2 ** 31);
    const wide = parts(document).filter(isWide);
    expect(wide.length).toBeGreaterThan(20);
    expect(wide.filter(({ format }) => format !== 'int64')).toEqual([]);
  });

  it('when a parameter is a list / it has no default, which generators cannot write', () => {
    expect(parts(document).filter(({ type, default: value }) => type === 'array' && value !== undefined)).toEqual([]);
  });

  it('when a union has a list or a map among its forms / each is a schema with a name', () => {
    const forms = parts(document).flatMap(({ anyOf = [], oneOf = [] }) => [...anyOf, ...oneOf]);
    expect(
      forms.filter(({ type, additionalProperties }) => type === 'array' || typeof additionalProperties === 'object'),
    ).toEqual([]);
  });
});

/** Every object of a document. */
function parts(part: any): any[] {
  if (typeof part !== 'object' || part === null) return [];
  return [...(Array.isArray(part) ? [] : [part]), ...Object.values(part).flatMap(parts)];
}
