import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { offlineDocument } from '../apps/auth/src/docs/offline-document.js';
import { AuthWorld, OPERATOR_TOKEN, type RunningAuth } from './auth.harness.js';
import { Judge } from './openapi.judge.js';
import { Described } from './openapi.requests.js';
import { describeRandomRequests } from './openapi.rounds.js';

const EMAIL = 'ann@acme.example';
const PASSWORD = 'a long password';
const folder = mkdtempSync(join(tmpdir(), 'contact-sync-auth-client-'));
const document = await offlineDocument();
const described = new Described(document);
const judge = new Judge(document);
let world: AuthWorld;
let auth: RunningAuth;
let accessToken: string;

beforeAll(async () => {
  world = await AuthWorld.create(1);
  auth = await world.start({ LOGIN_ATTEMPTS_PER_ADDRESS: '100000', EVENT_MAC_KEYS: '' });
  await world.publish(await world.newLogin().created(EMAIL, PASSWORD));
  await auth.reaches(1, 1);
  accessToken = await auth.tokenOf(EMAIL, PASSWORD);
});
afterAll(async () => {
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

describeRandomRequests("random requests from the auth app's document", {
  described,
  judge,
  // A wait of the whole time would take longer than the spec may.
  urlOf: (path) => `${auth.url}${path.replace(/([?&]wait=)[^&]*/, '$10.01')}`,
  tokenFor: (path) => (/^\/(audit|portal\/logins)/.test(path) ? OPERATOR_TOKEN : accessToken),
});

describe('the documents of a running auth app', () => {
  it.each(['/health', '/health/ready'])('when %s answers 503 / it has Retry-After', (path) => {
    expect(document.paths[path]).toHaveProperty(['get', 'responses', '503', 'headers', 'Retry-After']);
  });

  it('when /openapi.json is read without a token / answers the document that is made without a server', async () => {
    expect(await (await fetch(`${auth.url}/openapi.json`)).json()).toEqual(document);
  });

  it('when /docs is read / the page loads only its own files', async () => {
    const answer = await fetch(`${auth.url}/docs`);
    expect([answer.status, answer.headers.get('content-security-policy')]).toEqual([
      200,
      expect.stringMatching(/^default-src 'none'; script-src 'self'; (?!.*https?:)/),
    ]);
    const page = await answer.text();
    for (const [, file] of page.matchAll(/src\s*=\s*["']([^"']+)["']/g))
      expect((await fetch(new URL(file!, `${auth.url}/`))).status).toBe(200);
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)/);
  });

  it('when DOCS_ENABLED is false / neither is served', async () => {
    const closed = await world.start({ DOCS_ENABLED: 'false', EVENT_MAC_KEYS: '' });
    const statuses = ['/openapi.json', '/docs'].map(async (path) => (await fetch(`${closed.url}${path}`)).status);
    expect(await Promise.all(statuses)).toEqual([404, 404]);
    await world.stop(closed);
  });
});

const PROGRAM = `
import * as api from './client/index.js';
import { client } from './client/client.gen.js';

client.setConfig({ baseUrl: process.argv[2]! });
const session = await api.signIn({ body: { email: '${EMAIL}', password: '${PASSWORD}' }, throwOnError: true });
client.setConfig({ auth: session.data.data.access_token });
const me = await api.getSignedIn({ throwOnError: true });
const wrong = await api.signIn({ body: { email: '${EMAIL}', password: 'another' } });
const code: string | undefined = wrong.error && 'code' in wrong.error ? wrong.error.code : undefined;
client.setConfig({ auth: process.argv[3]! });
const login: { data: api.PortalLogin | null } = (await api.getPortalLogin({ path: { contactId: 1 }, throwOnError: true })).data;
console.log(JSON.stringify({ email: me.data.data.email, code, version: login.data?.version }));
`;

describe("a client generated from the auth app's document", () => {
  it('when it is used as documented / compiles, signs in, and reads a login', async () => {
    writeFileSync(join(folder, 'openapi.json'), JSON.stringify(document));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'program.ts'), PROGRAM);
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    const generator = resolve('node_modules/@hey-api/openapi-ts/bin/run.js');
    const paths = ['--input', 'openapi.json', '--output', 'client'];
    execFileSync(process.execPath, [generator, ...paths, '--silent', '--no-log-file'], {
      cwd: folder,
      env: { NO_UPDATE_NOTIFIER: '1' },
    });
    const options = ['--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024', '--types', 'node', 'program.ts'];
    const compiled = spawnSync(process.execPath, [resolve('node_modules/typescript-7/bin/tsc'), ...options], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(compiled.stdout).toBe('');
    const { stdout } = await promisify(execFile)(process.execPath, ['program.js', auth.url, OPERATOR_TOKEN], {
      cwd: folder,
      env: {},
    });
    expect(JSON.parse(stdout)).toEqual({ email: EMAIL, code: 'invalid_credentials', version: 1 });
  });
});
