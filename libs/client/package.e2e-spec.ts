import { execFile, execFileSync } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CallerFolder, PACKAGE_JUDGES } from '../../test/caller-folder.js';
import { TestGateway, TOKEN } from '../../test/gateway.harness.js';

const caller = new CallerFolder();
const { path: folder } = caller;
let gateway: TestGateway;
let front: Server;
let tarball: string;
let installation: ReturnType<CallerFolder['install']>;
/** What the front does with the next requests: `503` and `301` answer it, `lost` passes it on and loses the answer. */
let faults: ('503' | '301' | 'lost')[] = [];
/** How many events the next streams get before their connection is lost, in the middle of one more. */
let cuts: number[] = [];

/** A proxy in front of the gateway, which is sometimes overloaded, and sometimes loses the connection after the change. */
async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const isStream = request.url!.includes('/events/stream');
  const fault = isStream ? undefined : faults.shift();
  if (fault === '503') return void response.writeHead(503, { 'retry-after': '1' }).end();
  if (fault === '301') return void response.writeHead(301, { location: request.url }).end();
  const body = await text(request);
  const headers = { ...(request.headers as Record<string, string>), host: 'localhost' };
  const { method = 'GET' } = request;
  const answer = await fetch(`${gateway.url}${request.url}`, { method, headers, ...(body && { body }) });
  if (fault === 'lost') return void response.destroy();
  response.writeHead(answer.status, Object.fromEntries([...answer.headers].filter(([name]) => name !== 'content-length')));
  if (isStream) return passStream(answer.body!, response, cuts.shift());
  for await (const chunk of answer.body ?? []) response.write(chunk);
  response.end();
}

async function passStream(body: AsyncIterable<Uint8Array>, response: ServerResponse, whole = Infinity): Promise<void> {
  let passed = 0;
  for await (const chunk of body)
    for (const block of Buffer.from(chunk)
      .toString('latin1')
      .split(/(?<=\n\n)/)) {
      const isEvent = block.includes('event:');
      if (isEvent && passed++ === whole) {
        response.write(block.slice(0, block.length / 2), 'latin1', () => response.destroy());
        return;
      }
      response.write(block, 'latin1');
    }
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

/** Follows one contact from an export on, for some events. */
const FOLLOWER = `
import { contactSync } from '@contact-sync/client';

const [baseUrl, token, id, wanted] = process.argv.slice(2) as [string, string, string, string];
const api = contactSync({ baseUrl, token });
const contacts = await api.exportContacts({ id: { eq: Number(id) } });
let exported = 0;
for await (const { version } of contacts) exported = version;
const followed: number[] = [];
for await (const { event } of api.follow({ after: contacts.cursor, query: { contact_id: Number(id) } })) {
  if (event) followed.push(event.version);
  if (followed.length === Number(wanted)) break;
}
console.log(JSON.stringify({ exported, followed }));
`;

/** Changes one contact, and prints the name of the error. */
const WRITER = `
import { contactSync, updateContact } from '@contact-sync/client';

const [baseUrl, token, id] = process.argv.slice(2) as [string, string, string];
const { client } = contactSync({ baseUrl, token });
const { error } = await updateContact({ client, path: { id: Number(id) }, body: { last_name: 'Lee' } });
console.log(JSON.stringify(error instanceof Error ? error.name : error ?? 'done'));
`;

beforeAll(async () => {
  gateway = await TestGateway.start();
  front = createServer((request, response) => void pass(request, response).catch(() => response.destroy()));
  await new Promise<void>((listening) => front.listen(0, '127.0.0.1', listening));
  caller.write('program.ts', PROGRAM);
  caller.write('follower.ts', FOLLOWER);
  caller.write('writer.ts', WRITER);
  tarball = caller.pack('.', 'libs/client');
  installation = caller.install(tarball);
}, 180_000);
afterAll(async () => {
  front.close();
  await gateway?.stop();
  caller.remove();
});

/** Compiles as a caller would. */
function compile(...options: string[]): string {
  const types = ['--types', 'node', '--typeRoots', resolve('node_modules/@types')];
  return caller.compile(
    '--noUncheckedIndexedAccess',
    '--target',
    'es2024',
    ...types,
    ...options,
    'program.ts',
    'follower.ts',
    'writer.ts',
  );
}

const frontUrl = () => `http://127.0.0.1:${(front.address() as AddressInfo).port}`;

/** Runs a program of the caller against the front. @returns what it prints */
const run = (program: string, ...args: string[]): Promise<unknown> => runAt(frontUrl(), program, ...args);

async function runAt(url: string, program: string, ...args: string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, url, TOKEN, ...args], { cwd: folder, env: {} });
  return JSON.parse(stdout);
}

describe('the client package, installed by a caller', () => {
  it('when it is installed in an empty folder / npm has no warning, and brings no other package', () => {
    expect(installation).toMatchObject({ status: 0, stderr: '' });
    const listed = execFileSync('npm', ['ls', '--all', '--parseable'], { cwd: folder, encoding: 'utf8' });
    expect(listed.trim().split('\n').slice(1)).toEqual([join(folder, 'node_modules/@contact-sync/client')]);
  });

  it.each(PACKAGE_JUDGES)(
    'when %s judges it / finds nothing',
    (...judge) => {
      expect(caller.findingsOf(tarball, judge)).toBeUndefined();
    },
    180_000,
  );

  it('when a bundler resolves it / has its types', () => {
    expect(compile('--noEmit', '--module', 'esnext', '--moduleResolution', 'bundler')).toBe('');
  });

  it('when the gateway is overloaded and answers are lost / each change is made once, and lists, export and stream agree', async () => {
    expect(compile('--module', 'node16')).toBe('');
    faults = ['503', 'lost', 'lost', '503'];
    expect(await run('program.js')).toEqual({
      names: ['Ann', 'Bob', 'Cem'],
      copied: 3,
      version: 2,
      errors: { company_id: ['must be an existing company'] },
    });
    expect(faults).toEqual([]);
    const { rows } = await gateway.sql.query('select count(*)::int as companies from company');
    expect(rows).toEqual([{ companies: 1 }]);
  });

  it('when the base address ends with a slash / finds its export and stream too', async () => {
    expect(compile('--module', 'node16')).toBe('');
    expect(await runAt(`${frontUrl()}/`, 'program.js')).toMatchObject({ names: ['Ann', 'Bob', 'Cem'], version: 2 });
  });

  it('when an update is redirected / throws, and does not take what is read there for its answer', async () => {
    expect(compile('--module', 'node16')).toBe('');
    const { id } = await gateway.createContact();
    faults = ['301'];
    expect(await run('writer.js', String(id))).toBe('WriteRedirected');
    expect(await run('writer.js', String(id))).toBe('done');
  });

  it('when the stream is lost again and again / each event comes once, in order', async () => {
    expect(compile('--module', 'node16')).toBe('');
    const company = await gateway.createCompany();
    const { id } = await gateway.createContact({ company_id: company });
    cuts = [0, 3, 1, 5];
    const wanted = 25;
    let isOver = false;
    const following = run('follower.js', String(id), String(wanted)).finally(() => (isOver = true));
    for (let change = 1; !isOver; change++) await gateway.call('POST', `/contacts/${id}`, { phone_1: String(change) });
    const { exported, followed } = (await following) as { exported: number; followed: number[] };
    const [first = 0] = followed;
    // The position was read before the snapshot: what was changed between them is in both.
    expect(first).toBeLessThanOrEqual(exported + 1);
    expect(followed).toEqual(Array.from({ length: wanted }, (_, index) => first + index));
    expect(cuts).toEqual([]);
  });
});
