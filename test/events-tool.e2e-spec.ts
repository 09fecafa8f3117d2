import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { MikroORM, type Options } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { topicOf } from '#app/contracts';
import { readRecordedFile, replayEvents } from '#app/contracts/testing';
import { RecordPublisher } from '#app/messaging/light';
import { migrate } from '#app/postgres';
import { createTestDatabase, eventually, readTopic, type TopicRecord } from '#app/system/testing';
import pg from 'pg';
import { ormOptions as authOptions } from '../apps/auth/src/database/orm.js';
import { wholeLetters, withLetters } from '../apps/events/src/dead-letters/letter-box.js';
import { Outcomes } from '../apps/events/src/dead-letters/outcomes.js';
import { AUTH_DUMP, GATEWAY_DUMP } from '../apps/events/src/dump/dump-tables.js';
import { unknownColumns } from '../apps/events/src/dump/dumped-lines.js';
import { EventsEnv } from '../apps/events/src/env.js';
import { AUTH_TABLES, GATEWAY_TABLES } from '../apps/events/src/person/held-rows.js';
import type { Tool } from '../apps/events/src/tool.js';
import { startTool } from '../apps/events/src/tool.fixtures.js';
import { ormOptions as gatewayOptions } from '../apps/gateway/src/orm.js';
import { AuthWorld, type RunningAuth } from './auth.harness.js';
import { TestGateway } from './gateway.harness.js';

const PASSWORD = 'correct horse battery';

let world: AuthWorld;
let gateway: TestGateway;
let auth: RunningAuth;
let settings: Record<string, string>;
let folder: string;
let unique = 0;
const address = () => `tool${++unique}@example.com`;
const newName = (what: string) => `${world.topicPrefix}.${what}-${++unique}`;

beforeAll(async () => {
  world = await AuthWorld.create();
  gateway = await TestGateway.start({
    TOPIC_PREFIX: world.topicPrefix,
    CREDENTIAL_PUBLIC_KEYS: JSON.stringify(world.keys.publicKeys),
  });
  auth = await world.start();
  folder = mkdtempSync(join(tmpdir(), 'events-tool-'));
  settings = {
    KAFKA_BROKERS: world.brokers.join(','),
    TOPIC_PREFIX: world.topicPrefix,
    TOPIC_PARTITIONS: String(world.partitions),
    CONSUMER_GROUP: world.group,
    GATEWAY_DATABASE_URL: gateway.databaseUrl,
    AUTH_DATABASE_URL: world.database.url,
    AUTH_URL: auth.url,
  };
});
afterAll(async () => {
  await gateway?.stop();
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: string[]) => startTool(settings, args).ended;
/** The `--json` output of a successful call. */
async function ask(...args: string[]): Promise<any[]> {
  const { code, out, err } = await run(...args, '--json');
  expect({ code, err }).toMatchObject({ code: 0 });
  return out.split('\n').flatMap((line) => (line ? [JSON.parse(line)] : []));
}
/** The newest command of this name in the gateway's audit trail. */
const lastCommand = async (name: string): Promise<unknown> => {
  const newest = 'select actor, target, details from audit_entry where action = $1 order by id desc limit 1';
  const { rows } = await gateway.sql.query(newest, [`operator.${name}`]);
  return rows[0];
};
const loginsOf = (id: string | number) => readTopic(world.brokers, world.topic, { key: String(id) });
const published = ({ key, value, headers }: TopicRecord) => ({ key, value, headers });
const versionOf = ({ value }: TopicRecord): unknown => (value === null ? 'removed' : JSON.parse(value).version);

/** A contact with a login whose email has changed once: it has two events on each topic. */
async function contactWithHistory() {
  const contact = await gateway.createContact({ email: address(), password: PASSWORD });
  const email = address();
  await gateway.update(contact.id, { email });
  await auth.reaches(Number(contact.id), 2);
  await gateway.records('contacts.v1', contact.id, 2);
  return { id: contact.id as string, emails: [contact.email as string, email] as const };
}

describe('events tail', () => {
  it('when a contact has events / prints a line for each, in order, without a credential', async () => {
    await contactWithHistory();
    const { id, emails } = await contactWithHistory();
    const { code, out } = await run('tail', '--contact', id, '--no-follow');
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines.filter((line) => line.includes('Contact'))).toEqual([
      expect.stringMatching(new RegExp(`ContactCreated +${id} v1 .*John <${emails[0]}> at Acme Corp .*contacts \\d@\\d+$`)),
      expect.stringMatching(new RegExp(`ContactUpdated +${id} v2 .*email ${emails[0]} → ${emails[1]} `)),
    ]);
    expect(lines.filter((line) => line.includes('PortalLogin'))).toEqual([
      expect.stringMatching(/PortalLoginChanged .*v1 +created; .*; position \d+ +logins/),
      expect.stringMatching(/PortalLoginChanged .*v2 +email; .*; position \d+ +logins/),
    ]);
    expect(out).not.toContain('eyJ');
    expect(out).not.toContain('\u001b');
  });

  it('when --json is set / filters by type and time, without a credential', async () => {
    const { id } = await contactWithHistory();
    const [event, ...others] = await ask('tail', '--contact', id, '--no-follow', '--type', 'portalloginchanged', '--since', '1h');
    expect(event).toMatchObject({
      kind: 'event',
      name: 'PortalLoginChanged',
      contact_id: Number(id),
      version: 1,
      replayed: false,
    });
    expect(event.data.credential).toBe('(withheld)');
    expect(others).toHaveLength(1);
    expect(await ask('tail', '--contact', id, '--until', '1h')).toEqual([]);
    expect(await ask('tail', '--contact', id, '--until', new Date().toISOString())).toHaveLength(4);
  });

  it('when it follows / prints until it is interrupted', async () => {
    const contact = await gateway.createContact({ email: address() });
    const following = startTool(settings, ['tail', '--topic', 'contacts', '--from', 'beginning', '--contact', contact.id]);
    await eventually(() => expect(following.out).toContain('ContactCreated'));
    await gateway.update(contact.id, { first_name: 'Johanna' });
    await eventually(() => expect(following.out).toMatch(/first_name John → Johanna/));
    following.interrupt();
    expect(await following.ended).toMatchObject({ code: 0, err: '' });
  });
});

describe('events show', () => {
  it('when a contact and its login have a history / prints one diff for each version', async () => {
    const { id, emails } = await contactWithHistory();
    const { out } = await run('show', id);
    expect(out).toMatch(new RegExp(`contacts v2 {2}ContactUpdated .*\n {4}email {2}${emails[0]} → ${emails[1]}\n`));
    expect(out).toMatch(new RegExp(`logins v2 {2}PortalLoginChanged: email .*\n {4}email {2}${emails[0]} → ${emails[1]}\n`));
    expect(out).not.toContain('eyJ');
  });

  it('when the topics have no record of the contact / says so', async () => {
    expect(await run('show', '999999')).toMatchObject({ code: 1, err: 'The topics hold nothing about contact 999999.\n' });
  });
});

describe('a recording of a topic', () => {
  it('when it is replayed to a new topic / has the same records, marked as replayed', async () => {
    const { id } = await contactWithHistory();
    const [file, copy] = [join(folder, 'logins.jsonl'), newName('copy')];
    expect(await ask('record', file, '--topic', 'logins', '--contact', id)).toEqual([
      { file, records: 2, topics: [world.topic] },
    ]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await run('replay', file, '--to-topic', copy)).toMatchObject({
      code: 1,
      err: expect.stringContaining('--create makes it'),
    });
    expect(await ask('replay', file, '--to-topic', copy, '--create')).toEqual([{ topic: copy, records: 2, contacts: 1 }]);
    const originals = (await loginsOf(id)).map(published);
    const replayed = (await readTopic(world.brokers, copy)).map(published);
    expect(replayed).toEqual(originals.map((record) => ({ ...record, headers: { ...record.headers, ce_replayed: 'true' } })));
  });

  it('when a header of a record has no value / has it, and replays', async () => {
    const { id } = await contactWithHistory();
    const none = null as unknown as Buffer;
    const headers = { ce_specversion: '1.0', ce_type: 'another', none, some: [none, 'b'] };
    // The producer of kafkajs sends no such header.
    const publisher = await RecordPublisher.connect(world.kafka);
    await publisher.publish(world.topic, [{ key: Buffer.from(id), value: Buffer.from('{}'), headers }]);
    await publisher.close();
    const file = join(folder, 'no-value.jsonl');
    expect((await ask('record', file, '--topic', 'logins', '--contact', id))[0]).toMatchObject({ records: 3 });
    expect(readFileSync(file, 'utf8')).toContain('"none":null,"some":[null,"b"]');
    expect((await ask('replay', file, '--to-topic', newName('copy'), '--create'))[0]).toMatchObject({ records: 3 });
  });

  it('when it is redacted / is a fixture that names nobody, and replays', async () => {
    const { id, emails } = await contactWithHistory();
    const file = join(folder, 'redacted.jsonl');
    expect((await ask('record', file, '--contact', id, '--redact'))[0]).toMatchObject({ records: 4 });
    const content = readFileSync(file, 'utf8');
    for (const secret of [...emails, 'John', 'Acme', 'eyJ']) expect(content).not.toContain(secret);
    const emailsSeen: (string | null)[] = [];
    await replayEvents(await readRecordedFile(file), ({ data }) => {
      if ('contact' in data) emailsSeen.push(data.contact.email);
    });
    expect(emailsSeen).toEqual(['person-1@example.com', 'person-2@example.com']);
  });

  it('when it is a file / it is read gzipped, never overwritten, and never left incomplete', async () => {
    const file = join(folder, 'kept.jsonl');
    await run('record', file, '--topic', 'logins');
    const content = readFileSync(file, 'utf8');
    writeFileSync(`${file}.gz`, gzipSync(content));
    expect(await ask('replay', `${file}.gz`, '--dry-run')).toEqual(await ask('replay', file, '--dry-run'));
    const damaged = join(folder, 'damaged.jsonl.gz');
    for (const bytes of [gzipSync(content).subarray(0, 99), Buffer.from(content)]) {
      writeFileSync(damaged, bytes);
      expect(await run('replay', damaged, '--dry-run')).toMatchObject({
        code: 1,
        err: expect.stringContaining(`${damaged} is cut or no gzip file`),
      });
    }
    expect(await run('record', file)).toMatchObject({ code: 1, err: expect.stringContaining('--force') });
    const cutOff = startTool(settings, ['record', join(folder, 'cut.jsonl')]);
    cutOff.interrupt();
    expect(await cutOff.ended).toMatchObject({ code: 130 });
    expect(readFileSync(file, 'utf8')).toBe(content);
    expect(() => statSync(join(folder, 'cut.jsonl'))).toThrow('ENOENT');
  });

  it('when its file is a link / it is written where the link points, for its owner alone, and no other file is touched', async () => {
    const [file, link] = [join(folder, 'linked.jsonl'), join(folder, 'link.jsonl')];
    for (const other of [file, `${file}.partial`, `${link}.partial`]) writeFileSync(other, 'mine', { mode: 0o644 });
    symlinkSync(file, link);
    expect(await run('record', link, '--topic', 'logins')).toMatchObject({ code: 1, err: expect.stringContaining('--force') });
    expect(await run('record', link, '--topic', 'logins', '--force')).toMatchObject({ code: 0, err: '' });
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(file, 'utf8')).toMatch(/^{"format":/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    for (const other of [file, link]) expect(readFileSync(`${other}.partial`, 'utf8')).toBe('mine');
  });

  it('when its file is a pipe or a folder / is neither written nor read', async () => {
    const [pipe, dir] = [join(folder, 'a-pipe'), join(folder, 'a-folder')];
    execFileSync('mkfifo', [pipe]);
    mkdirSync(dir);
    for (const each of [pipe, dir]) {
      expect(await run('record', each, '--topic', 'logins', '--force')).toMatchObject({ code: 1, err: `${each} is no file.\n` });
      // In a process of its own: one that opens the pipe waits for a writer.
      const args = ['dist/apps/events/src/main.js', 'replay', each, '--to-topic', 'copy', '--dry-run'];
      const options = { env: settings, encoding: 'utf8', timeout: 50_000, killSignal: 'SIGKILL' } as const;
      const { status, stderr } = spawnSync(process.execPath, args, options);
      expect([status, stderr]).toEqual([1, `${each} is no file: a replay reads it more than once.\n`]);
    }
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });
});

describe('events export-person', () => {
  it('when a contact has a login, a session and a history / has all parts, each with its time, and no credential', async () => {
    const { id, emails } = await contactWithHistory();
    expect((await auth.signIn(emails[1], PASSWORD)).status).toBe(201);
    const file = join(folder, 'person.json');
    expect(await run('export-person', '--contact', id, '--out', file)).toMatchObject({ code: 0, err: '' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, 'utf8');
    const { gateway: held, auth: applied, topics } = JSON.parse(text);
    expect(Object.keys(held)).toEqual(expect.arrayContaining(['contact', 'contact_company', 'portal_login', 'contact_event']));
    expect(held.contact).toMatchObject({ until: expect.any(String), rows: [{ id: Number(id), email: emails[1] }] });
    expect(Object.keys(applied)).toEqual(expect.arrayContaining(['portal_login', 'portal_session']));
    expect(Object.keys(topics)).toEqual([gateway.topic('contacts.v1'), world.topic]);
    expect(topics[world.topic]).toHaveLength(2);
    expect(topics[gateway.topic('contacts.v1')][0]).toMatchObject({
      until: expect.stringMatching(/^\d{4}-\d\d-\d\d at the latest$/),
    });
    expect(text).not.toMatch(/eyJ|argon2/);
    expect(await run('export-person', '--contact', id, '--out', file)).toMatchObject({
      code: 1,
      err: `${file} is there already.\n`,
    });
    expect(await lastCommand('export-person')).toMatchObject({ target: `contact:${id}` });
  });

  it('when nothing is held of a contact / says so by its exit code', async () => {
    const { code, out } = await run('export-person', '--contact', '999999');
    expect([code, JSON.parse(out)]).toEqual([3, expect.objectContaining({ gateway: {}, auth: {}, topics: {} })]);
  });

  it.each([
    ['the gateway', () => gateway.sql, GATEWAY_TABLES],
    ['the auth app', () => world.sql, AUTH_TABLES],
  ] as const)('when %s has a table with contacts / it is looked at', async (_, sql, tables) => {
    const { rows } = await sql().query<{ table_name: string }>(
      `select distinct table_name from information_schema.columns where column_name = 'contact_id' and table_schema = 'public'`,
    );
    expect(tables.map(({ table }) => table)).toEqual(expect.arrayContaining(rows.map(({ table_name }) => table_name)));
  });
});

describe('events dump', () => {
  it('when contacts have logins / both files name nobody, and load into databases with the same rows and rules', async () => {
    const { id, emails } = await contactWithHistory();
    await gateway.update(id, { first_name: "O'Canary", last_name: "Line\nbreak \\ 'end'", phone_1: '+49 30 5550147' });
    const out = join(folder, 'pseudonymised');
    expect(await run('dump', '--out', out)).toMatchObject({ code: 0, err: '' });
    const files = ['gateway.sql', 'auth.sql'].map((file) => readFileSync(join(out, file), 'utf8'));
    expect(statSync(join(out, 'gateway.sql')).mode & 0o777).toBe(0o600);
    for (const text of files) {
      for (const secret of [...emails, 'Canary', 'break', '5550147', 'Acme', 'eyJ', 'argon2']) expect(text).not.toContain(secret);
      expect(text).toContain('example.com');
    }
    const loaded = {
      gateway: await loadedInto(gatewayOptions, files[0]!, {
        source: gateway.sql,
        tables: ['contact', 'company', 'contact_company', 'portal_login', 'api_token'],
        position: `select nextval('outbox_id_seq') as position`,
      }),
      auth: await loadedInto(authOptions, files[1]!, {
        source: world.sql,
        tables: ['portal_login'],
        position: 'select max(position) as position from portal_login',
      }),
    };
    expect(loaded.gateway.logins).toEqual(loaded.auth.logins);
    // Of two logins with one email the greater position has it: that of the next one has to be greater than all.
    expect(loaded.gateway.position).toBeGreaterThan(loaded.auth.position);
    expect(await run('dump', '--out', out)).toMatchObject({ code: 1, err: `${out} can't be made: EEXIST.\n` });
  });

  it.each([
    ['the gateway', () => gateway.sql, GATEWAY_DUMP],
    ['the auth app', () => world.sql, AUTH_DUMP],
  ] as const)('when %s has a column / a rule names it', async (_, sql, dumped) => {
    const { rows } = await sql().query(
      `select table_name as "table", column_name as "column" from information_schema.columns
       where table_schema = 'public' and table_name <> 'mikro_orm_migrations'`,
    );
    expect(unknownColumns(dumped, rows)).toEqual([]);
    expect([...dumped.leftOut, ...dumped.tables.map(({ table }) => table)].sort()).toEqual(
      [...new Set(rows.map(({ table }) => table as string))].sort(),
    );
  });
});

interface Expected {
  source: pg.Pool;
  /** They have as many rows as in the source. */
  tables: string[];
  /** The query of a position. */
  position: string;
}

/** Loads a dump into a migrated database, and compares its numbers of rows. @returns the logins' emails by contact, and the position */
async function loadedInto(options: (url: string) => Options, dumped: string, { source, tables, position }: Expected) {
  const database = await createTestDatabase();
  const orm = await MikroORM.init(options(database.url));
  const sql = new pg.Client({ connectionString: database.url });
  try {
    await migrate(orm);
    await sql.connect();
    await sql.query(dumped);
    for (const table of tables) {
      const count = `select count(*) from ${table}`;
      expect([table, (await sql.query(count)).rows]).toEqual([table, (await source.query(count)).rows]);
    }
    const { rows: logins } = await sql.query(
      'select contact_id, email, email_key from portal_login where email is not null order by 1',
    );
    const { rows: positions } = await sql.query<{ position: string }>(position);
    return { logins, position: Number(positions[0]!.position) };
  } finally {
    await sql.end();
    await orm.close();
    await database.drop();
  }
}

describe('output that nothing takes', () => {
  /** Runs the built tool; its pipes are closed at once. */
  async function unread(args: string[], out: 'pipe' | number = 'pipe') {
    const main = 'dist/apps/events/src/main.js';
    const child = spawn(process.execPath, [main, ...args], { env: settings, stdio: ['ignore', out, 'pipe'] });
    child.stdout?.destroy();
    let err = '';
    child.stderr!.on('data', (text: Buffer) => (err += text.toString()));
    const [code] = await once(child, 'close');
    return { code, err };
  }

  it('and writing it fails / says so, and ends with 1', async () => {
    await contactWithHistory();
    // Open for reading alone: each writing fails, as on a full disk.
    expect(await unread(['record', '-', '--topic', 'logins'], openSync(import.meta.filename, 'r'))).toEqual({
      code: 1,
      err: "Standard output can't be written: EBADF.\n",
    });
  });

  it.each([
    ['tail', ['tail', '--from', 'beginning']],
    ['record', ['record', '-', '--topic', 'logins']],
  ])('and the reader of its pipe has gone / %s ends quietly', async (_, args) => {
    await contactWithHistory();
    expect(await unread(args)).toEqual({ code: 0, err: '' });
  });

  it('and a command does something / it is done to the end, and audited', async () => {
    await contactWithHistory();
    const [out, copy] = [join(folder, 'unread'), newName('copy')];
    expect(await unread(['dump', '--out', out])).toEqual({ code: 0, err: '' });
    expect(readFileSync(join(out, 'auth.sql'), 'utf8')).toMatch(/commit;\n$/);
    expect(await lastCommand('dump')).toEqual({ actor: 'operator', target: null, details: {} });
    // Its notes go to a closed pipe too.
    const replay = ['replay', '--topic', 'logins', '--to-topic', copy, '--create'];
    const child = spawn(process.execPath, ['dist/apps/events/src/main.js', ...replay], { env: settings });
    child.stdout.destroy();
    child.stderr.destroy();
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect((await readTopic(world.brokers, copy)).length).toBeGreaterThan(0);
  });
});

it('when a topic is named that the broker does not have / the tool says which names there are', async () => {
  const { code, err } = await run('tail', '--topic', 'nope', '--no-follow');
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringMatching(/^Topic nope [^]* contacts, companies, logins, or a full name/),
  });
});

describe('events replay to a live topic', () => {
  it('when it would end a contact on an older version / refuses and writes nothing', async () => {
    const { id } = await contactWithHistory();
    const [first] = await loginsOf(id);
    const place = [
      '--partition',
      String(first!.partition),
      '--from-offset',
      String(first!.offset),
      '--to-offset',
      String(Number(first!.offset) + 1),
    ];
    const { code, err } = await run('replay', '--topic', 'logins', ...place, '--to-topic', 'logins', '--yes');
    expect(code).toBe(1);
    expect(err).toMatch(new RegExp(`older version: ${id} \\(v1, its newest is v2\\)`));
    expect(await loginsOf(id)).toHaveLength(2);
  });

  it('when it ends on the newest version / asks first, and leads to the same state', async () => {
    const { id, emails } = await contactWithHistory();
    const args = ['replay', '--topic', 'logins', '--contact', id, '--to-topic', 'logins'];
    expect(await run(...args)).toMatchObject({ code: 1, err: expect.stringContaining('Nobody is there to answer') });
    expect(await startTool(settings, args, 'n').ended).toMatchObject({
      code: 1,
      err: expect.stringContaining('Nothing was done.'),
    });
    expect(await loginsOf(id)).toHaveLength(2);
    expect(await startTool(settings, args, 'y').ended).toMatchObject({
      code: 0,
      out: expect.stringContaining('2 records of 1 contact'),
    });
    expect((await loginsOf(id)).map(versionOf)).toEqual([1, 2, 1, 2]);
    expect(await lastCommand('replay')).toEqual({
      actor: 'operator',
      target: `topic:${world.topic}`,
      details: { from: world.topic, records: 2, sent: 2, newest_sent_again: 0 },
    });
    await eventually(async () => expect((await auth.health()).parts.lag.records).toBe(0));
    expect((await auth.signIn(emails[1], PASSWORD)).status).toBe(201);
  });

  it('when the gateway publishes all the time / is not refused, and leaves each contact on its newest version', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, async () => (await contactWithHistory()).id));
    const args = ['replay', '--topic', 'logins', '--contact', ids.join(','), '--to-topic', 'logins', '--yes'];
    const { ended } = startTool(settings, args);
    let isDone = false;
    const publish = async (id: string): Promise<void> => {
      while (!isDone) await gateway.update(id, { email: address() });
    };
    const publishing = ids.map(publish);
    const { code, err } = await ended.finally(() => (isDone = true));
    expect({ code, err }).toEqual({ code: 0, err: expect.not.stringContaining('older version') });
    await Promise.all(publishing);
    await eventually(async () => expect((await auth.health()).parts.lag.records).toBe(0));
    for (const id of ids) {
      const versions = (await loginsOf(id)).map((record) => Number(versionOf(record)));
      expect(versions.at(-1)).toBe(Math.max(...versions));
    }
  });

  it('when it is interrupted / leaves the contact on its newest version', async () => {
    const { id } = await contactWithHistory();
    // More seconds than a busy machine takes to see the first record and to interrupt.
    const versions = Array.from({ length: 10 }, (_, index) => index + 1);
    for (const version of versions.slice(2)) await gateway.update(id, { email: `v${version}.${address()}` });
    await auth.reaches(Number(id), versions.length);
    const replay = startTool(settings, [
      ...['replay', '--topic', 'logins', '--contact', id, '--to-topic', 'logins'],
      ...['--rate', '1', '--yes'],
    ]);
    await eventually(async () => expect((await loginsOf(id)).length).toBeGreaterThan(versions.length));
    replay.interrupt();
    const { code, err } = await replay.ended;
    const [, sent] = /Stopped after (\d) records? of 10\./.exec(err) ?? [];
    expect([code, sent]).toEqual([130, expect.any(String)]);
    expect(await lastCommand('replay')).toMatchObject({
      details: { records: 10, sent: Number(sent), newest_sent_again: 1, ended: 'interrupted' },
    });
    expect((await loginsOf(id)).map(versionOf)).toEqual([...versions, ...versions.slice(0, Number(sent)), 10]);
  });

  it('when it is interrupted after its last record / is done', async () => {
    const { id } = await contactWithHistory();
    const args = ['replay', '--topic', 'logins', '--contact', id, '--to-topic', 'logins', '--rate', '1', '--yes'];
    const replay = startTool(settings, args);
    // A second of its rate is left then.
    await eventually(async () => expect(await loginsOf(id)).toHaveLength(4));
    replay.interrupt();
    expect(await replay.ended).toMatchObject({ code: 0, out: expect.stringContaining('2 records of 1 contact') });
    expect(await lastCommand('replay')).toMatchObject({ details: { records: 2, sent: 2, newest_sent_again: 0 } });
  });

  it('when the events belong to another topic / refuses', async () => {
    const { id } = await contactWithHistory();
    const answer = await run('replay', '--topic', 'contacts', '--contact', id, '--to-topic', 'logins', '--yes');
    expect(answer).toMatchObject({ code: 1, err: expect.stringContaining('none of its events') });
  });

  it('when --dry-run is set / prints what the auth app would apply', async () => {
    const { id } = await contactWithHistory();
    const [answer] = await ask('replay', '--topic', 'logins', '--contact', id, '--dry-run');
    expect(answer).toEqual({ dry_run: true, records: 2, contacts: 1, auth: { applied: 0, skipped: 2 } });
    await world.sql.query('update portal_login set version = 1 where contact_id = $1', [id]);
    const [behind] = await ask('replay', '--topic', 'logins', '--contact', id, '--dry-run');
    expect(behind.auth).toEqual({ applied: 1, skipped: 1 });
  });
});

describe('events replay to a group', () => {
  it('when the group has offsets / asks first, and then sets them', async () => {
    await contactWithHistory();
    const group = newName('group');
    const args = ['replay', '--topic', 'logins', '--to-group', group];
    expect(await run(...args)).toMatchObject({ code: 0 });
    const back = [...args, '--since', '0s'];
    expect(await run(...back)).toMatchObject({ code: 1, err: expect.stringContaining('Nobody is there to answer') });
    const [{ partitions }] = await ask(...back, '--yes');
    const held = async () => {
      const admin = world.kafka.admin();
      await admin.connect();
      const [topic] = await admin.fetchOffsets({ groupId: group, topics: [world.topic] });
      await admin.disconnect();
      return topic!.partitions.map(({ offset }) => Number(offset));
    };
    expect(await held()).toEqual(partitions.map(({ end }: { end: number }) => end));
    expect(await lastCommand('replay')).toMatchObject({ target: `group:${group}`, details: { topic: world.topic } });
  });

  it('when the group belongs to the auth app / refuses', async () => {
    const answer = await run('replay', '--topic', 'logins', '--to-group', world.group, '--yes');
    expect(answer).toMatchObject({ code: 1, err: expect.stringContaining('rebuild auth') });
  });
});

describe('events dead-letters', () => {
  /** The first version of a login in a form that can't be applied, behind its newest version. */
  async function letterOf(id: string) {
    const [first] = await loginsOf(id);
    const value = first!.value!.replace('"position":', '"place":');
    await world.send({ key: id, value, headers: { ...first!.headers, 'x-odd': Buffer.from([0xff]) } });
    const waiting = await eventually(async () => {
      const [{ letters }] = await ask('dead-letters', 'list');
      return letters.find(({ contact_id }: { contact_id: number }) => contact_id === Number(id)) ?? expect(letters).toBe('there');
    });
    return { value, waiting };
  }

  it('when one is listed and shown / prints its reason and origin, without a credential', async () => {
    const { id } = await contactWithHistory();
    const { waiting } = await letterOf(id);
    const origin = (await loginsOf(id)).at(-1)!;
    expect(waiting).toMatchObject({
      state: 'waiting',
      reason: expect.stringMatching(/^UnreadableEvent: data.*position/),
      origin: { topic: world.topic, partition: origin.partition, offset: Number(origin.offset) },
    });
    const { out } = await run('dead-letters', 'show', waiting.place);
    expect(out).toContain('"credential": "(withheld)"');
    expect(out).toMatch(/ce_type: contact-sync\.PortalLoginChanged\.v1/);
    expect(out).not.toContain('eyJ');
  });

  it('when one is redriven / publishes it byte for byte and notes it, and publishes the newest version behind it', async () => {
    const { id } = await contactWithHistory();
    const { value, waiting } = await letterOf(id);
    expect(await run('dead-letters', 'redrive', waiting.place)).toMatchObject({ code: 1 });
    expect(await run('dead-letters', 'redrive', waiting.place, '--yes')).toMatchObject({ code: 0 });
    const records = await loginsOf(id);
    const [letter, redriven, newest] = records.slice(-3);
    expect(redriven).toMatchObject({ key: id, value });
    expect(redriven!.headers).toEqual({ ...letter!.headers, ce_replayed: 'true' });
    expect(published(newest!)).toEqual({ ...published(records[1]!), headers: { ...records[1]!.headers, ce_replayed: 'true' } });
    const [{ letters }] = await ask('dead-letters', 'list', '--all');
    expect(letters.find(({ place }: { place: string }) => place === waiting.place).state).toBe('redriven');
  });

  it('when one is noted as redriven / the newest version is behind it already: what dies before sends both again', async () => {
    const { id } = await contactWithHistory();
    const { waiting } = await letterOf(id);
    const newest = published((await loginsOf(id))[1]!);
    const ends: unknown[] = [];
    const note = jest.spyOn(Outcomes.prototype, 'note').mockImplementation(async () => {
      ends.push(published((await loginsOf(id)).at(-1)!).value);
      throw new Error('The database is away.');
    });
    try {
      expect(await run('dead-letters', 'redrive', waiting.place, '--yes')).toMatchObject({ code: 1 });
    } finally {
      note.mockRestore();
    }
    expect(ends).toEqual([newest.value]);
    expect(await run('dead-letters', 'redrive', '--contact', id, '--yes')).toMatchObject({ code: 0 });
    expect(published((await loginsOf(id)).at(-1)!).value).toBe(newest.value);
  });

  it('when one lacks what was too large / says so, and does not send it back', async () => {
    const { id } = await contactWithHistory();
    const { waiting } = await letterOf(id);
    const [letter] = (await readTopic(world.brokers, world.deadLetters)).filter(({ key }) => key === id);
    await world.producer.send({
      topic: world.deadLetters,
      messages: [{ key: id, value: null, headers: { ...letter!.headers, dl_cut: 'value' } }],
    });
    const cut = await eventually(async () => {
      const [{ letters }] = await ask('dead-letters', 'list');
      return (
        letters.find((one: { cut: string | null; contact_id: number }) => one.cut === 'value') ?? expect(letters).toBe('there')
      );
    });
    expect(cut).toMatchObject({ contact_id: Number(id), origin: waiting.origin });
    expect((await run('dead-letters', 'show', cut.place)).out).toContain('Lacks, because it is too large: value');
    const refused = await run('dead-letters', 'redrive', '--contact', id, '--yes');
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining(`Not whole, so not redriven: ${cut.place}.`) });
    expect(await run('dead-letters', 'discard', cut.place, '--yes')).toMatchObject({ code: 0 });
  });

  it('when all are looked through / none of their bytes are kept', async () => {
    const { id } = await contactWithHistory();
    const { value } = await letterOf(id);
    const tool = { env: new EventsEnv(settings), signal: new AbortController().signal } as Tool;
    const kept = await withLetters(tool, ({ letters }) => JSON.stringify(letters));
    expect(kept).toContain(`"contactId":${id}`);
    expect(kept).not.toContain('"type":"Buffer"');
    expect(kept).not.toContain(value);
  });

  it('when the topic was made again since one was listed / does not take another record for it', async () => {
    const { id } = await contactWithHistory();
    const { waiting } = await letterOf(id);
    const tool = { env: new EventsEnv(settings), signal: new AbortController().signal } as Tool;
    const letter = await withLetters(tool, ({ letters }) => letters.find(({ place }) => place === waiting.place)!);
    expect(await wholeLetters([letter], tool)).toEqual([expect.objectContaining({ place: waiting.place })]);
    await expect(wholeLetters([{ ...letter, timestamp: letter.timestamp - 1 }], tool)).rejects.toThrow(
      `The topic no longer holds dead letter ${waiting.place}.`,
    );
  });

  it('when one is discarded / no longer lists it as waiting, and still shows it by its offset', async () => {
    const { id } = await contactWithHistory();
    const { waiting } = await letterOf(id);
    expect(await run('dead-letters', 'discard', '--contact', id, '--yes')).toMatchObject({ code: 0 });
    expect(await lastCommand('discard')).toMatchObject({ details: { letters: [waiting.place] } });
    const [{ letters }] = await ask('dead-letters', 'list');
    expect(letters.map(({ place }: { place: string }) => place)).not.toContain(waiting.place);
    expect(await run('dead-letters', 'redrive', '--contact', id, '--yes')).toMatchObject({ code: 1 });
    expect(await run('dead-letters', 'redrive', waiting.place, '--dry-run')).toMatchObject({ code: 0 });
  });

  it('when the topic was made again / does not confuse one with a former one at the same offset', async () => {
    const { id } = await contactWithHistory();
    const { waiting } = await letterOf(id);
    await run('dead-letters', 'discard', waiting.place, '--yes');
    await world.sql.query('update dead_letter_outcome set recorded_at = recorded_at - 1');
    const [{ letters }] = await ask('dead-letters', 'list');
    expect(letters.map(({ place }: { place: string }) => place)).toContain(waiting.place);
  });
});

describe('events look-alikes', () => {
  it('when emails look the same / lists their logins, shows hidden characters by number, and exits with 3', async () => {
    const plain = await gateway.createContact({ email: 'look.alike@example.com', password: PASSWORD });
    expect(await run('look-alikes')).toMatchObject({ code: 0, out: 'No two logins look the same.\n' });
    const other = await gateway.createContact({ email: address(), password: PASSWORD });
    // As an earlier release took it.
    await gateway.sql.query(`update portal_login set email = $2, email_key = $2 where contact_id = $1`, [
      other.id,
      'look.\u200balike@example.com',
    ]);
    const { code, out } = await run('look-alikes');
    expect([code, out]).toEqual([3, expect.stringContaining('look.U+200Balike@example.com')]);
    const found = JSON.parse((await run('look-alikes', '--json')).out);
    expect(found.logins.map(({ contactId }: any) => contactId)).toEqual([Number(plain.id), Number(other.id)]);
    await gateway.call('DELETE', `/contacts/${other.id}`);
  });
});

describe('events lag', () => {
  it('when rows and records wait / counts the rows in the outbox and the records that are not applied', async () => {
    await contactWithHistory();
    await eventually(async () => {
      const [lag] = await ask('lag');
      expect(lag.outbox).toEqual({ rows: 0, oldest_seconds: null });
      expect(lag.partitions.map(({ behind }: { behind: number }) => behind)).toEqual([0, 0, 0]);
      expect(lag.auth).toMatchObject({ stopped: [] });
    });
    await gateway.sql.query(
      `insert into outbox (topic, key, headers, created_at) values ($1, '1', '{}', now() - interval '1 hour')`,
      [topicOf('portal-logins.v1.dead-letters', `${world.topicPrefix}.none`)],
    );
    const [lag] = await ask('lag');
    expect(lag.outbox).toMatchObject({ rows: 1, oldest_seconds: expect.closeTo(3_600, -2) });
  });

  it('when Kafka does not answer / shows the outbox all the same, and says why the rest is missing', async () => {
    const away = { ...settings, KAFKA_BROKERS: '127.0.0.1:1' };
    const failed = { code: 1, err: expect.stringContaining('Kafka does not answer') };
    expect(await startTool(away, ['lag']).ended).toMatchObject({
      ...failed,
      out: expect.stringMatching(/^Outbox: .*\n.*health: /),
    });
    const { out, ...ended } = await startTool(away, ['lag', '--json']).ended;
    expect(ended).toMatchObject(failed);
    const outbox = { rows: expect.any(Number) };
    expect(JSON.parse(out)).toMatchObject({ outbox, partitions: null, dead_letters: null, auth: { stopped: [] } });
  });

  it('when a partition is stopped / names it with the reason, and exits with 3', async () => {
    const story = world.newLogin();
    const record = await story.created(address(), PASSWORD);
    await world.send({ ...record, headers: { ...record.headers, ce_type: 'contact-sync.PortalLoginChanged.v2' } });
    await eventually(async () => {
      const { code, out } = await run('lag');
      expect(out).toMatch(/STOPPED: partition \d at offset \d+ since .*: UnsupportedEventVersion/);
      expect(code).toBe(3);
    });
  });
});
