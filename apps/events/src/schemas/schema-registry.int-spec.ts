import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { EVENTS, SCHEMA_FILES } from '#app/contracts';
import { freePort } from '#app/system/testing';
import { startTool } from '../tool.fixtures.js';

// A stub by the API reference of Confluent's Schema Registry: no real registry is on this machine.
const subjects = new Map<string, { schema: string; id: number }[]>();
const configs = new Map<string, string>();
let asked: string[];
let refuses: string | undefined;
let server: Server;
let folder: string;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, kind, name = '', last] = request.url!.split('/').map(decodeURIComponent);
  const body = (await json(request)) as { schema: string; schemaType: string; compatibility: string };
  asked.push(`${request.method} ${kind}${last ? `/${last}` : ''}`);
  const send = (status: number, content: object): void =>
    void response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' }).end(JSON.stringify(content));
  if (request.headers.authorization !== `Basic ${Buffer.from('me:secret').toString('base64')}`)
    return send(401, { error_code: 40101, message: 'Unauthorized' });
  if (request.headers['content-type'] !== 'application/vnd.schemaregistry.v1+json') return send(415, {});
  if (kind === 'config') {
    configs.set(name, body.compatibility);
    return send(200, { compatibility: body.compatibility });
  }
  if (body.schemaType !== 'JSON') return send(422, { error_code: 42201, message: 'Invalid schema' });
  const held = subjects.get(name) ?? [];
  const version = held.findIndex(({ schema }) => schema === body.schema) + 1;
  if (!last && held.length === 0) return send(404, { error_code: 40401, message: 'Subject not found.' });
  if (!last && version === 0) return send(404, { error_code: 40403, message: 'Schema not found' });
  if (!last) return send(200, { subject: name, version, ...held[version - 1] });
  if (refuses === name && configs.get(name) !== 'NONE') return send(409, { error_code: 409, message: 'Incompatible' });
  const id = [...subjects.values()].flat().length + 1;
  subjects.set(name, [...held, { schema: body.schema, id }]);
  send(200, { id });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'schema-registry-'));
  writeFileSync(join(folder, 'auth'), 'me:secret\n');
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  asked = [];
  refuses = undefined;
});

const register = (...args: string[]) =>
  startTool({ TOPIC_PREFIX: 'acme' }, [
    ...['schemas', 'register', '--url', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`],
    ...['--auth-file', join(folder, 'auth'), ...args],
  ]).ended;

describe('events schemas register', () => {
  it('when the registry is empty / registers the schema of each event under its topic, and again changes nothing', async () => {
    const { code, out, err } = await register();
    expect([code, err]).toEqual([0, '']);
    expect([...subjects.keys()]).toEqual(Object.values(EVENTS).map(({ topic, type }) => `acme.${topic}-${type}`));
    const [updated] = subjects.get('acme.contacts.v1-contact-sync.ContactUpdated.v1')!;
    expect(JSON.parse(updated!.schema)).toEqual(JSON.parse(JSON.stringify(SCHEMA_FILES['ContactUpdated.v1.json'])));
    expect(out).toMatch(/acme\.contacts\.v1-contact-sync\.ContactUpdated\.v1 +2 +1 +new/);

    asked = [];
    const again = await register('--json');
    expect(JSON.parse(again.out.split('\n')[1]!)).toMatchObject({ id: 2, version: 1, known: true });
    expect(new Set(asked)).toEqual(new Set(['POST subjects']));
  });

  it('when the registry finds a schema incompatible / says so and how to go on; with --compatibility NONE registers it', async () => {
    const subject = 'contact-sync.ContactCreated.v1';
    subjects.set(subject, [{ schema: '{"type":"object"}', id: 99 }]);
    refuses = subject;
    expect(await register('--subjects', 'record')).toMatchObject({
      code: 1,
      err: `The registry refused ${subject} with 409: Incompatible. The registry checks schemas of open objects more strictly than the contract: see --compatibility.\n`,
    });
    expect((await register('--subjects', 'record', '--compatibility', 'NONE')).code).toBe(0);
    expect(subjects.get(subject)).toHaveLength(2);
  });

  it('when the registry is away / names the reason', async () => {
    const args = ['schemas', 'register', '--url', `http://127.0.0.1:${await freePort()}`];
    expect(await startTool({}, args).ended).toMatchObject({ code: 1, err: 'The registry does not answer: ECONNREFUSED.\n' });
  });
});
