import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '#app/system';
import { createTestDatabase, eventually, type TestDatabase } from '#app/system/testing';
import pg from 'pg';
import { TestGateway } from '../gateway.harness.js';
import { runInBackground, writeConnectScript } from './connect.js';
import { blocksOf, commandsOf } from './tools-page.js';

const WAIT = { timeoutMs: 120_000, everyMs: 250 };
const folder = mkdtempSync(join(tmpdir(), 'contact-sync-tools-'));
let gateway: TestGateway;
let updated: any;
let deletedId: string;

beforeAll(async () => {
  gateway = await TestGateway.start();
  const { id } = await gateway.createContact({ last_name: 'Lee', email: 'ann@x.io' });
  updated = (await gateway.update(id, { email: 'new@x.io' })).body.data;
  deletedId = (await gateway.createContact({ first_name: 'Gone' })).id;
  await gateway.call('DELETE', `/contacts/${deletedId}`);
  await gateway.records('contacts.v1', deletedId, 2);
  await gateway.records('contacts.v1', id, 2);
}, 120_000);
afterAll(async () => {
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The text of the page, for the gateway under test. */
const here = (text: string): string =>
  text.replaceAll('localhost:9092', gateway.brokers.join(',')).replaceAll('contact-sync.', `${gateway.topicPrefix}.`);

async function shell(command: string): Promise<string> {
  const { stdout } = await promisify(execFile)('bash', ['-c', `set -o pipefail; ${here(command)}`], { maxBuffer: 2 ** 26 });
  return stdout;
}

describe('the commands for kcat', () => {
  const [list = '', all = '', lastHour = '', live = ''] = commandsOf(blocksOf('kcat', 'sh')[0]!);

  it('when topics are listed / shows each with its partitions', async () => {
    const listed = await shell(list);
    for (const name of ['contacts.v1', 'companies.v1', 'portal-logins.v1'] as const)
      expect(listed).toContain(`topic "${gateway.topic(name)}" with 3 partitions`);
  });

  it('when all contact events are read / shows key, headers and value of each', async () => {
    const lines = (await shell(all)).trim().split('\n');
    expect(lines).toHaveLength(4);
    const last = lines.filter((line) => line.startsWith(`${updated.id} `)).at(-1)!;
    expect(last).toMatch(/ce_type=contact-sync\.ContactUpdated\.v1,.*ce_sequence=0{19}2/);
    expect(JSON.parse(last.slice(last.indexOf('{'))).contact).toEqual(updated);
  });

  it('when the last hour is read / shows time, place and key of each event', async () => {
    const lines = (await shell(lastHour)).trim().split('\n');
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line).toMatch(/^\d{13} [012]@\d+ \d+$/);
  });

  it('when company events are read as they come / shows id, version and changed names', async () => {
    const company = await gateway.createCompany();
    const reader = spawn('bash', ['-c', here(live)], { detached: true });
    const lines: any[] = [];
    createInterface(reader.stdout).on('line', (line) => line.endsWith('}') && lines.push(JSON.parse(line)));
    try {
      // It reads from the end that it finds when it has started.
      await eventually(async () => {
        await gateway.call('POST', `/companies/${company}`, { notes: String(Date.now()) });
        expect(lines).toContainEqual({ company_id: company, version: expect.any(Number), changed: ['notes'] });
      }, WAIT);
    } finally {
      process.kill(-reader.pid!, 'SIGKILL');
      await once(reader, 'close');
    }
  });

  it("when events are shown in Debezium's form / each has its operation, the former and the new state", async () => {
    const [command = ''] = blocksOf("Readers that expect Debezium's form", 'sh');
    const changes = (await shell(command))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const ofUpdated = changes.filter(({ after, before }) => (after ?? before)?.id === updated.id);
    expect(ofUpdated.map(({ op }) => op)).toEqual(['c', 'u']);
    expect(ofUpdated[1]).toMatchObject({
      before: { email: 'ann@x.io', last_name: 'Lee' },
      after: updated,
      source: { version: 2 },
    });
    expect(changes.filter(({ op }) => op === 'd')).toHaveLength(1);
  });
});

describe('the sink of Kafka Connect', () => {
  let sink: TestDatabase;
  let sql: pg.Client;
  let worker: ChildProcess | undefined;
  const [workerFile = '', sinkFile = ''] = blocksOf('Kafka Connect to PostgreSQL', 'properties');
  const [start = ''] = blocksOf('Kafka Connect to PostgreSQL', 'sh');
  const [view = ''] = blocksOf('Kafka Connect to PostgreSQL', 'sql');
  const place = { folder, path: join(folder, 'bin') };

  beforeAll(async () => {
    sink = await createTestDatabase();
    const { username, password, host, pathname } = new URL(sink.url);
    const jdbc = here(sinkFile)
      .replace('//localhost:5432/sink', `//${host}${pathname}`)
      .replace('username=sink', `username=${username}`)
      .replace('password=…', `password=${password}`);
    writeConnectScript(place.path);
    writeFileSync(join(folder, 'worker.properties'), `${here(workerFile)}listeners=http://127.0.0.1:${await freePort()}\n`);
    writeFileSync(join(folder, 'sink.properties'), jdbc);
    sql = new pg.Client({ connectionString: sink.url });
    await sql.connect();
  }, 180_000);
  afterAll(async () => {
    await stop();
    await sql?.end();
    await sink?.drop();
  });

  const stop = async (): Promise<void> => {
    if (!worker || worker.exitCode !== null) return;
    worker.kill('SIGKILL');
    await once(worker, 'close');
  };
  const count = async (): Promise<number> =>
    (
      await sql.query('select count(*)::int as rows from contact_sync_event where __connect_topic = $1', [
        gateway.topic('contacts.v1'),
      ])
    ).rows[0].rows;
  const log = (): string => readFileSync(join(folder, 'connect.log'), 'utf8').slice(-2_000);

  it("when it has read the topics / the view shows each contact's newest state; from the beginning again / the same", async () => {
    worker = runInBackground(start, place);
    await eventually(async () => expect([await count().catch(log)]).toEqual([4]), WAIT);
    await sql.query(here(view));
    const seen = async () => (await sql.query('select * from contact order by id')).rows;
    const expected = [
      { id: String(updated.id), version: '2', full_name: 'John Lee', email: 'new@x.io', deleted: false },
      { id: String(deletedId), version: '2', full_name: null, email: null, deleted: true },
    ];
    expect(await seen()).toEqual(expected);

    await stop();
    rmSync(join(folder, 'connect.offsets'), { force: true });
    worker = runInBackground(start.replace('sink.properties', 'again.properties'), place);
    writeFileSync(
      join(folder, 'again.properties'),
      readFileSync(join(folder, 'sink.properties'), 'utf8').replace('name=contact-sync', 'name=again'),
    );
    const { id } = await gateway.createContact({ first_name: 'Late' });
    await eventually(async () => expect((await seen()).map((row) => row.id)).toContain(String(id)), WAIT);
    expect((await seen()).slice(0, 2)).toEqual(expected);
    expect(await count()).toBe(5);
  });
});
