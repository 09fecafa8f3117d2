import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { lint } from '../../../../test/openapi.lint.js';
import { offlineDocument, previewAuth } from './offline-document.js';

let document: any;
let routes: string[];

beforeAll(async () => {
  document = await offlineDocument();
  routes = await registeredRoutes();
});

/** All routes of the HTTP server, as `GET /path/{name}`. */
async function registeredRoutes(): Promise<string[]> {
  const found: string[] = [];
  const adapter = new FastifyAdapter();
  adapter.getInstance().addHook('onRoute', ({ url, method }) => {
    for (const name of [method].flat()) if (name !== 'HEAD') found.push(`${name} ${url.replace(/:(\w+)/g, '{$1}')}`);
  });
  const app = await previewAuth(adapter);
  await app.init();
  await app.close();
  return found.sort();
}

const operations = (): [name: string, operation: any][] =>
  Object.entries<any>(document.paths).flatMap(([path, item]) =>
    Object.entries<any>(item).map(([method, operation]): [string, any] => [`${method.toUpperCase()} ${path}`, operation]),
  );

describe("the auth app's OpenAPI document", () => {
  it('when a linter reads it / is valid and complete', async () => {
    expect(await lint(document)).toEqual([]);
  });

  it.each<[string, (source: any) => void]>([
    ['a schema is nowhere', (source) => delete source.components.schemas.Session],
    ['an example breaks its schema', (source) => (source.components.schemas.Session.properties.contact_id.examples = ['one'])],
    ['a path parameter has no entry', (source) => (source.paths['/portal/logins/{contactId}'].get.parameters = [])],
  ])('when %s / the linter reports it', async (_what, spoil) => {
    const broken = structuredClone(document);
    spoil(broken);
    expect(await lint(broken)).not.toEqual([]);
  });

  it('when it is compared with docs/auth-openapi.json / is the same (npm run openapi writes it)', () => {
    expect(JSON.parse(readFileSync('docs/auth-openapi.json', 'utf8'))).toEqual(document);
  });

  it('when its operations are compared with the routes / each route has one, and no other is there', () => {
    expect(routes.length).toBeGreaterThan(9);
    expect(
      operations()
        .map(([name]) => name)
        .sort(),
    ).toEqual(routes);
  });

  it('when operations need a token / those of sessions need the access token, and those of operators the operator token', () => {
    const guarded = operations().filter(([, { security }]) => security.length > 0);
    expect(guarded.map(([name, { security }]) => [name, ...Object.keys(security[0])])).toEqual([
      ['GET /audit', 'operatorToken'],
      ['GET /portal/logins/{contactId}', 'operatorToken'],
      ['GET /portal/me', 'accessToken'],
      ['DELETE /portal/sessions/current', 'accessToken'],
    ]);
  });

  it('when it is read / names no operation twice, and describes each', () => {
    const ids = operations().map(([, { operationId }]) => operationId as string);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [name, { summary, tags }] of operations()) expect([name, !!summary, tags.length]).toEqual([name, true, 1]);
  });
});
