import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestGateway, TOKEN } from '../../test/gateway.harness.js';

const folder = mkdtempSync(join(tmpdir(), 'contact-sync-caller-'));
const tsc = resolve('node_modules/typescript/bin/tsc');
let gateway: TestGateway;
let front: Server;
let tarball: string;
let installation: { status: number | null; stderr: string };
/** What the front does with the next requests: `503` answers it, `lost` passes it on and loses the answer. */
let faults: ('503' | 'lost')[] = [];

/** A proxy in front of the gateway, which is sometimes overloaded, and sometimes loses the connection after the change. */
async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const fault = request.url!.includes('/events/stream') ? undefined : faults.shift();
  if (fault === '503') return void response.writeHead(503, { 'retry-after': '1' }).end();
  const body = await text(request);
  const headers = { ...(request.headers as Record<string, string>), host: 'localhost' };
  const { method = 'GET' } = request;
  const answer = await fetch(`${gateway.url}${request.url}`, { method, headers, ...(body && { body }) });
  if (fault === 'lost') return void response.destroy();
  response.writeHead(answer.status, Object.fromEntries([...answer.headers].filter(([name]) => name !== 'content-length')));
  for await (const chunk of answer.body ?? []) response.write(chunk);
  response.end();
}

const PROGRAM = `
import { contactSync, createCompany, createContact, listContacts, rows, updateContact, type Contact } from '@contact-sync/client';

const api = contactSync({ baseUrl: process.argv[2]!, token: process.argv[3]! });
const { client } = api;
const { data: company } = await createCompany({ client, body: { name: 'Acme Corp' }, throwOnError: true });
const ids: number[] = [];
for (const first_name of ['Ann', 'Bob', 'Cem']) {
  const { data } = await createContact({ client, body: { first_name, company_id: company.data.id! }, throwOnError: true });
  ids.push(Number(data.data.id));
}
const names: (string | null)[] = [];
for await (const contact of rows<Contact>((page) => listContacts({ client, query: { ...page, company_id: { eq: company.data.id! } }, throwOnError: true })))
  names.push(contact.first_name);
const contacts = await api.exportContacts();
const copied: Record<string, number> = {};
for await (const contact of contacts) copied[contact.id] = contact.version;
await updateContact({ client, path: { id: ids[0]! }, body: { last_name: 'Lee' }, throwOnError: true });
const late = await updateContact({ client, path: { id: ids[1]! }, body: { company_id: 999_999 } });
const errors = late.error && 'errors' in late.error ? late.error.errors : undefined;
for await (const { event } of api.follow({ after: contacts.cursor, query: { contact_id: ids[0]! } })) {
  if (event?.type !== 'ContactUpdated') continue;
  console.log(JSON.stringify({ names, copied: Object.keys(copied).length, version: event.version, errors }));
  process.exit(0);
}
`;

beforeAll(async () => {
  gateway = await TestGateway.start();
  front = createServer((request, response) => void pass(request, response).catch(() => response.destroy()));
  await new Promise<void>((listening) => front.listen(0, '127.0.0.1', listening));
  writeFileSync(join(folder, 'package.json'), '{ "name": "caller", "private": true, "type": "module" }');
  writeFileSync(join(folder, 'program.ts'), PROGRAM);
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: 'libs/client',
    encoding: 'utf8',
  });
  tarball = `./${packed.trim().split('\n').at(-1)!}`;
  installation = spawnSync('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], {
    cwd: folder,
    encoding: 'utf8',
  });
}, 180_000);
afterAll(async () => {
  front.close();
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Compiles as a caller would. */
function compile(...options: string[]): string {
  const strict = ['--strict', '--noUncheckedIndexedAccess', '--target', 'es2024', '--types', 'node'];
  const roots = ['--typeRoots', resolve('node_modules/@types'), '--skipLibCheck'];
  return spawnSync(process.execPath, [tsc, ...strict, ...roots, ...options, 'program.ts'], { cwd: folder, encoding: 'utf8' })
    .stdout;
}

describe('the client package, installed by a caller', () => {
  it('when it is installed in an empty folder / npm has no warning, and brings no other package', () => {
    expect(installation).toMatchObject({ status: 0, stderr: '' });
    const listed = execFileSync('npm', ['ls', '--all', '--parseable'], { cwd: folder, encoding: 'utf8' });
    expect(listed.trim().split('\n').slice(1)).toEqual([join(folder, 'node_modules/@contact-sync/client')]);
  });

  it.each([
    ['publint', ['run', '--strict']],
    ['attw', ['--profile', 'esm-only']],
  ])(
    'when %s judges it / finds nothing',
    (program, options) => {
      const args = [resolve('node_modules/.bin', program), ...options, tarball];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
      expect([status, `${stdout}${stderr}`]).toEqual([0, expect.not.stringMatching(/^(Errors|Warnings|Suggestions):/m)]);
    },
    60_000,
  );

  it('when a bundler resolves it / has its types', () => {
    expect(compile('--noEmit', '--module', 'esnext', '--moduleResolution', 'bundler')).toBe('');
  });

  it('when the gateway is overloaded and answers are lost / each change is made once, and lists, export and stream agree', async () => {
    expect(compile('--module', 'node16')).toBe('');
    faults = ['503', 'lost', 'lost', '503'];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['program.js', `http://127.0.0.1:${(front.address() as AddressInfo).port}`, TOKEN],
      { cwd: folder, env: {} },
    );
    expect(JSON.parse(stdout)).toEqual({
      names: ['Ann', 'Bob', 'Cem'],
      copied: 3,
      version: 2,
      errors: { company_id: ['must be an existing company'] },
    });
    expect(faults).toEqual([]);
    const { rows } = await gateway.sql.query('select count(*)::int as companies from company');
    expect(rows).toEqual([{ companies: 1 }]);
  });
});
