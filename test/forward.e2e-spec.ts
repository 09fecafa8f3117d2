import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, withAdmin } from '#app/system/testing';
import { Webhook } from 'standardwebhooks';
import { startTool } from '../apps/events/src/tool.fixtures.js';
import { TestGateway } from './gateway.harness.js';

const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes ok!').toString('base64')}`;
const NEXT_SECRET = `whsec_${Buffer.from('the next secret of thirty-two by!').toString('base64')}`;

interface Received {
  event: string;
  headers: IncomingMessage['headers'];
  body: string;
  status: number;
}

let gateway: TestGateway;
let receiver: Server;
let folder: string;
let settings: Record<string, string>;
let received: Received[];
/** The statuses of the next answers to a subject's events; 0 cuts the connection. */
let failures: Record<string, number[]>;

async function statusFor(request: IncomingMessage): Promise<number> {
  const { headers } = request;
  const subject = String(headers['ce-subject']);
  const status = failures[subject]?.shift() ?? 204;
  const event = `${subject} v${Number(headers['ce-sequence'])}`;
  received.push({ event, headers, status, body: await text(request) });
  return status;
}

beforeAll(async () => {
  gateway = await TestGateway.start();
  settings = { KAFKA_BROKERS: gateway.brokers.join(','), TOPIC_PREFIX: gateway.topicPrefix };
  folder = mkdtempSync(join(tmpdir(), 'forward-'));
  receiver = createServer((request, response) => {
    void statusFor(request).then((status) => (status === 0 ? response.destroy() : response.writeHead(status).end()));
  });
  await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening));
});
afterAll(async () => {
  receiver.close();
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  received = [];
  failures = {};
});

const target = () => ['--to', `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`];
const forward = (...args: string[]) => startTool(settings, ['forward', ...target(), ...args]);
/** The tool has seen this many answers of 2xx: what is interrupted before is sent again. */
const acknowledged = ({ out }: { out: string }, count: number) => expect(out.match(/ 204 in /g) ?? []).toHaveLength(count);
const taken = () => received.filter(({ status }) => status === 204).map(({ event }) => event);

/** Contacts with two versions on the topic. */
async function twoContacts(): Promise<[string, string]> {
  const company = await gateway.createCompany();
  const ids: [string, string] = ['', ''];
  for (const index of [0, 1] as const) {
    ids[index] = (await gateway.createContact({ company_id: company })).id;
    await gateway.update(ids[index], { phone_1: '+1 555 0100' });
    await gateway.records('contacts.v1', ids[index], 2);
  }
  return ids;
}

describe('events forward', () => {
  it('when the receiver fails on a contact now and then / its events come in order, and those of others are not held up', async () => {
    const [failing, other] = await twoContacts();
    failures[`contacts/${failing}`] = [500, 0];
    const { code, out, err } = await forward('--contact', `${failing},${other}`, '--until-now').ended;
    expect([code, err]).toEqual([0, '4 events sent.\n']);
    expect(taken()).toEqual([`contacts/${other} v1`, `contacts/${other} v2`, `contacts/${failing} v1`, `contacts/${failing} v2`]);
    const lines = out.split('\n').filter((line) => line.includes(` ${failing} v1 `));
    expect(lines).toEqual([
      expect.stringMatching(/ContactCreated .* 500 in \d+ ms {2}attempt 1, again in \d\.\d s$/),
      expect.stringMatching(/ContactCreated .* (UND_ERR_SOCKET|ECONNRESET) in \d+ ms {2}attempt 2, again in \d\.\d s$/),
      expect.stringMatching(/ContactCreated .* 204 in \d+ ms$/),
    ]);
  });

  it('when secrets are given / each request is signed by both, and is the event without its credential', async () => {
    const { id } = await gateway.createContact({ email: 'forward@example.com', password: 'correct horse battery' });
    await gateway.records('portal-logins.v1', id, 1);
    const secret = join(folder, 'secret');
    writeFileSync(secret, `${SECRET}\r\n${NEXT_SECRET}\n`);
    const types = ['--type', 'PortalLoginChanged'];
    expect((await forward('--contact', id, ...types, '--until-now', '--secret-file', secret).ended).code).toBe(0);
    const [{ headers, body }, ...others] = received as [Received];
    expect(others).toEqual([]);
    expect(headers).toMatchObject({
      'ce-type': 'contact-sync.PortalLoginChanged.v1',
      'content-type': 'application/json',
      'webhook-id': headers['ce-id'],
    });
    const [data, same] = [SECRET, NEXT_SECRET].map((each) => new Webhook(each).verify(body, headers as Record<string, string>));
    expect(same).toEqual(data);
    expect(data).toMatchObject({ contact_id: Number(id), version: 1, email: 'forward@example.com' });
    expect(data).not.toHaveProperty('credential');
  });

  it('when it is stopped and started again with its place / goes on with the events that were not taken', async () => {
    const [failing, other] = await twoContacts();
    const place = join(folder, 'place.json');
    const only = ['--contact', `${failing},${other}`, '--since', '1h', '--place', place];
    failures[`contacts/${failing}`] = Array.from({ length: 50 }, () => 503);
    const first = forward(...only);
    await eventually(() => acknowledged(first, 2));
    expect(taken()).toHaveLength(2);
    first.interrupt();
    expect(await first.ended).toMatchObject({ code: 0, err: '2 events sent.\n' });
    expect(Object.keys(JSON.parse(readFileSync(place, 'utf8')))).toContain(gateway.topic('contacts.v1'));

    received = [];
    failures = {};
    const second = forward(...only);
    await eventually(() => expect(taken()).toEqual(expect.arrayContaining([`contacts/${failing} v2`])));
    await gateway.update(other, { phone_1: null });
    await eventually(() => acknowledged(second, 3));
    expect(taken().at(-1)).toBe(`contacts/${other} v3`);
    second.interrupt();
    await second.ended;
    received = [];
    await gateway.update(failing, { phone_1: null });
    await gateway.records('contacts.v1', failing, 3);
    expect((await forward(...only, '--until-now').ended).code).toBe(0);
    expect(taken()).toEqual([`contacts/${failing} v3`]);
  });

  it('when an event is given up / names its contact, sends none of its later events, and ends with 3', async () => {
    const [failing] = await twoContacts();
    failures[`contacts/${failing}`] = [400, 400];
    const { code, err } = await forward('--contact', failing, '--until-now', '--attempts', '1').ended;
    expect([code, err]).toEqual([3, `0 events sent; given up on contacts/${failing}.\n`]);
    expect(received).toHaveLength(1);
  });

  it('when an event is given up, and it is stopped later / names its contact, and ends with 3', async () => {
    const [failing] = await twoContacts();
    failures[`contacts/${failing}`] = [400];
    const tool = forward('--contact', failing, '--since', '1h', '--attempts', '1');
    await eventually(() => expect(tool.out).toContain(' 400 in '));
    tool.interrupt();
    expect(await tool.ended).toMatchObject({ code: 3, err: `0 events sent; given up on contacts/${failing}.\n` });
  });

  it('when it is stopped before all events that were there are sent / gives up on none, and ends with 130', async () => {
    const [failing] = await twoContacts();
    failures[`contacts/${failing}`] = Array.from({ length: 50 }, () => 503);
    const tool = forward('--contact', failing, '--until-now', '--attempts', '50');
    await eventually(() => expect(tool.out).toContain(' 503 in '));
    tool.interrupt();
    expect(await tool.ended).toMatchObject({ code: 130, err: '0 events sent.\n' });
  });

  it('when its place is beyond the end of a topic, which was made again / says so, and keeps the place', async () => {
    const place = join(folder, 'beyond.json');
    const kept = JSON.stringify({ [gateway.topic('contacts.v1')]: { '0': 1_000_000 } });
    writeFileSync(place, kept);
    const { code, err } = await forward('--place', place, '--until-now').ended;
    expect([code, err]).toEqual([
      1,
      expect.stringContaining(`beyond.json stands beyond the end of ${gateway.topic('contacts.v1')}`),
    ]);
    expect(readFileSync(place, 'utf8')).toBe(kept);
  });

  it('when it can read no further while an event waits to be sent again / says why, and ends', async () => {
    const [failing] = await twoContacts();
    failures[`contacts/${failing}`] = Array.from({ length: 50 }, () => 503);
    const topic = `${gateway.topicPrefix}.short-lived`;
    await startTool(settings, ['replay', '--topic', 'contacts', '--contact', failing, '--to-topic', topic, '--create']).ended;
    const args = ['dist/apps/events/src/main.js', 'forward', ...target(), '--topic', topic, '--since', '1h'];
    const tool = spawn(process.execPath, args, { env: settings, stdio: ['ignore', 'ignore', 'pipe'] });
    let err = '';
    tool.stderr.on('data', (part: Buffer) => (err += part.toString()));
    const ended = once(tool, 'exit', { signal: AbortSignal.timeout(90_000) });
    await eventually(() => expect(received).not.toEqual([]));
    await withAdmin(gateway.brokers, async (admin) => {
      const { length: numPartitions } = await admin.fetchTopicOffsets(topic);
      await admin.deleteTopics({ topics: [topic] });
      const again = { topics: [{ topic, numPartitions }] };
      await eventually(async () => expect(await admin.createTopics(again)).toBe(true));
    });
    try {
      expect(await ended).toEqual([1, null]);
    } finally {
      tool.kill('SIGKILL');
    }
    expect(err).toContain('The topic no longer holds the place that was to be read');
  });

  it('when the URL or the secret is none / says so', async () => {
    const wrong = await startTool(settings, ['forward', '--to', 'localhost:4000']).ended;
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('Say http://host:port/path') });
    const empty = join(folder, 'empty');
    writeFileSync(empty, '');
    expect(await forward('--secret-file', empty).ended).toMatchObject({
      code: 1,
      err: expect.stringContaining('holds no secret'),
    });
  });
});
