import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestGateway, TOKEN } from './gateway.harness.js';

const folder = mkdtempSync(join(tmpdir(), 'contact-sync-client-'));
const generator = resolve('node_modules/@hey-api/openapi-ts/bin/run.js');
const tsc = resolve('node_modules/typescript-7/bin/tsc');
let gateway: TestGateway;

/** A caller's program that uses only the client. */
const PROGRAM = `
import * as api from './client/index.js';
import { client } from './client/client.gen.js';

client.setConfig({ baseUrl: process.argv[2]!, auth: process.argv[3]! });
const { data: company } = await api.createCompany({ body: { name: 'Acme Corp' }, throwOnError: true });
const email = 'generated.client@acme.example';
const made = await api.createContact({
  body: { first_name: 'Ann', email, company_id: company.data.id!, tags: ['vip'] },
  headers: { 'Idempotency-Key': 'generated-client' },
  throwOnError: true,
});
const id = Number(made.data.data.id);
const etag: string = made.response.headers.get('etag')!;
const updated = await api.updateContact({ path: { id }, body: { last_name: 'Lee' }, headers: { 'If-Match': etag }, throwOnError: true });
const late = await api.updateContact({ path: { id }, body: { last_name: 'Late' }, headers: { 'If-Match': etag } });
const refused = await api.updateContact({ path: { id }, body: { company_id: 999_999 } });
const list = await api.listContacts({
  query: { email: { contains: 'GENERATED.client' }, last_name: { in: 'Lee,Smith' }, sort: ['last_name:desc', 'id:asc'], per_page: 5 },
  throwOnError: true,
});
const contacts: api.Contact[] = list.data.data;
const code: 'version_mismatch' | undefined = late.error && 'code' in late.error && late.error.code === 'version_mismatch' ? late.error.code : undefined;
const errors: Record<string, string[]> | undefined = refused.error && 'errors' in refused.error ? refused.error.errors : undefined;
console.log(JSON.stringify({
  version: updated.data.data.version, code, errors, total: list.data.meta.total,
  found: contacts.map(({ first_name, last_name, email, tags }) => [first_name, last_name, email, tags[0]?.name]),
}));
`;

/** Compiles with strict options. */
function compile(file: string): string {
  const options = ['--strict', '--noUncheckedIndexedAccess', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024'];
  return spawnSync(process.execPath, [tsc, ...options, '--types', 'node', file], { cwd: folder, encoding: 'utf8' }).stdout;
}

beforeAll(async () => {
  gateway = await TestGateway.start();
  const document = await (await fetch(`${gateway.url}/openapi.json`)).text();
  writeFileSync(join(folder, 'openapi.json'), document);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  const paths = ['--input', 'openapi.json', '--output', 'client'];
  execFileSync(process.execPath, [generator, ...paths, '--silent', '--no-log-file'], {
    cwd: folder,
    env: { NO_UPDATE_NOTIFIER: '1' },
  });
});
afterAll(async () => {
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a client generated from /openapi.json', () => {
  it('when it is used as documented / compiles, creates, updates with a precondition, and lists', async () => {
    writeFileSync(join(folder, 'program.ts'), PROGRAM);
    expect(compile('program.ts')).toBe('');
    const { stdout } = await promisify(execFile)(process.execPath, ['program.js', gateway.url, TOKEN], { cwd: folder, env: {} });
    expect(JSON.parse(stdout)).toEqual({
      version: 2,
      code: 'version_mismatch',
      errors: { company_id: ['must be an existing company'] },
      total: 1,
      found: [['Ann', 'Lee', 'generated.client@acme.example', 'vip']],
    });
  });

  it('when a type is wrong, a required field is missing, or an operator is unknown / does not compile', () => {
    const wrong = [
      `api.updateContact({ path: { id: 1 }, body: { first_name: 5 } });`,
      `api.upsertContact({ body: { first_name: 'Ann' } });`,
      `api.listContacts({ query: { email: { like: 'a' } } });`,
    ];
    writeFileSync(join(folder, 'wrong.ts'), [`import * as api from './client/index.js';`, ...wrong].join('\nvoid '));
    const complaints = compile('wrong.ts').match(/wrong\.ts\(\d+/g);
    expect(complaints).toEqual(['wrong.ts(2', 'wrong.ts(3', 'wrong.ts(4']);
  });
});
