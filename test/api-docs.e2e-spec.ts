import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { offlineDocument } from '../apps/gateway/src/offline-document.js';
import { TestGateway } from './gateway.harness.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(() => gateway?.stop());

const get = (path: string) => fetch(`${gateway.url}${path}`);

describe('the documents of a running gateway', () => {
  it('when /openapi.json is read without a token / answers the document that is made without a server', async () => {
    const answer = await get('/openapi.json');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringContaining('application/json')]);
    expect(await answer.json()).toEqual(await offlineDocument());
  });

  it('when the port is opened without a path / leads on to /docs', async () => {
    const answer = await fetch(`${gateway.url}/`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/docs']);
  });

  it('when a browser asks for the icon of the host / gets that of the page', async () => {
    const answer = await get('/favicon.ico');
    expect([answer.status, answer.headers.get('content-type'), new URL(answer.url).pathname]).toEqual([
      200,
      'image/png',
      '/docs/favicon-32x32.png',
    ]);
  });

  it('when /docs is read / every file of the page comes from the gateway, under a policy that allows no other source', async () => {
    const answer = await get('/docs');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; (?!.*https?:)/);
    const page = await answer.text();
    const files = [...page.matchAll(/(?:src|href)\s*=\s*["']([^"']+)["']/g)].map(([, file]) => file!);
    expect(files).toEqual(
      expect.arrayContaining(['./docs/swagger-ui.css', './docs/swagger-ui-bundle.js', './docs/swagger-ui-init.js']),
    );
    for (const file of files) {
      const found = await get(new URL(file, `${gateway.url}/`).pathname);
      expect([file, found.status, (await found.text()).length > 100]).toEqual([file, 200, true]);
    }
    // The policy would stop an inline script.
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|https?:\/\/(?!www\.w3\.org)|@import/);
  });

  it.each(['/docs', '/%64ocs', '/docs/', '/docs/index.html'])(
    'when the page is read as %s / the answer has the policy',
    async (path) => {
      const answer = await get(path);
      expect([answer.status, answer.headers.get('content-security-policy')]).toEqual([
        200,
        expect.stringContaining("frame-ancestors 'none'"),
      ]);
    },
  );
});

describe('the security headers of every answer', () => {
  it.each(['/openapi.json', '/asyncapi', '/health/live', '/external/api/v1/contacts/1', '/nothing'])(
    'when %s is read / they forbid caches, frames and other content types',
    async (path) => {
      const { headers } = await get(path);
      expect([headers.get('cache-control'), headers.get('x-content-type-options'), headers.get('x-frame-options')]).toEqual([
        'no-store',
        'nosniff',
        'DENY',
      ]);
    },
  );
});
