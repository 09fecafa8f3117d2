import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SettingsReader } from '#app/settings';
import { dataFolderAt, lockDataFolder } from '#app/system';
import { createTestDatabase, runScript, type TestDatabase } from '#app/system/testing';
import { readSettings } from './env.js';
import { environmentFor } from './operator-command.js';
import { noteEphemeral, noteRun, runningInstance, withRunningInstance } from './running-instance.js';

const DATA_DIR = mkdtempSync(join(tmpdir(), 'instance-'));
const environment = { DATA_DIR };
/** An operators' command, and servers that are not those of the local run. */
const command: Parameters<typeof environmentFor>[0] = {
  script: '',
  settings: ['KAFKA_BROKERS', 'GATEWAY_DATABASE_URL'],
  named: 'any',
  environmentOf: ({ gateway }) => gateway,
};
const SERVERS = { KAFKA_BROKERS: 'kafka.example:9092' };
afterAll(() => rmSync(DATA_DIR, { recursive: true }));

describe('commands in another terminal', () => {
  it('when nothing runs in DATA_DIR / keep their own ports', () => {
    expect(runningInstance(environment)).toBeUndefined();
    expect(withRunningInstance(environment)).toEqual(environment);
  });

  describe('while a local run is at work', () => {
    let giveBack: () => void;
    let forget: () => void;
    beforeAll(() => {
      const folder = dataFolderAt(DATA_DIR);
      // Matches this process's own command line.
      giveBack = lockDataFolder(folder, 'jest');
      forget = noteRun(folder, readSettings({ DATA_DIR, GATEWAY_PORT: '7000', AUTH_PORT: '7001' }));
    });
    afterAll(() => {
      forget();
      giveBack();
    });

    it('and what it has noted cannot be read, as by another user / fail: it is not true that nothing runs', () => {
      const file = dataFolderAt(DATA_DIR).pidFile('ports');
      renameSync(file, `${file}.aside`);
      mkdirSync(file);
      try {
        expect(() => runningInstance(environment)).toThrow('EISDIR');
      } finally {
        rmdirSync(file);
        renameSync(`${file}.aside`, file);
      }
    });

    it('and name no port themselves / take its ports', () => {
      expect(runningInstance(environment)).toMatchObject({
        pid: process.pid,
        settings: { GATEWAY_PORT: '7000', AUTH_PORT: '7001' },
      });
      expect(withRunningInstance(environment)).toMatchObject({ GATEWAY_PORT: '7000', KAFKA_PORT: '9092' });
    });

    it('and name a port themselves / keep that one', () => {
      expect(withRunningInstance({ DATA_DIR, GATEWAY_PORT: '8000' })).toMatchObject({ GATEWAY_PORT: '8000', AUTH_PORT: '7001' });
    });

    it('and name other servers / have nothing of it', async () => {
      expect(await environmentFor(command, ['lag'], { DATA_DIR, ...SERVERS })).toEqual({ DATA_DIR, ...SERVERS });
    });

    it('and name no servers / have its servers', async () => {
      const local = { GATEWAY_PORT: '7000', KAFKA_BROKERS: expect.stringContaining('9092') };
      expect(await environmentFor(command, ['lag'], environment)).toMatchObject(local);
    });
  });

  describe('while a run on servers of its own is at work', () => {
    const root = mkdtempSync(join(tmpdir(), 'own-servers-'));
    const folder = dataFolderAt(root);
    const own = {
      API_TOKEN: "cs_given_by_me'$HOME",
      GATEWAY_DATABASE_URL_FILE: join(root, 'gateway-url'),
      AUTH_DATABASE_URL: 'postgres://u:p@db.example/auth',
      KAFKA_BROKERS: 'run.example:9092',
      KAFKA_SASL_USERNAME: 'run',
      TOPIC_PREFIX: 'mine',
      HOST: '::1',
    };
    const local = { ...own, HOME: '/home/me', CREDENTIAL_PRIVATE_KEYS: 'private', KAFKA_ADMIN_PASSWORD: 'of no program here' };
    let ends: (() => void)[];
    let database: TestDatabase;
    beforeAll(async () => {
      database = await createTestDatabase();
      writeFileSync(own.GATEWAY_DATABASE_URL_FILE, database.url);
      ends = [lockDataFolder(folder, 'jest'), noteRun(folder, readSettings({ DATA_DIR: root, ...local }))];
    });
    afterAll(async () => {
      for (const end of ends) end();
      rmSync(root, { recursive: true });
      await database.drop();
    });

    it('and name no servers / have its servers, sign-in, topics and token, and make no other token', async () => {
      expect(await environmentFor(command, ['lag'], { DATA_DIR: root })).toMatchObject({
        GATEWAY_DATABASE_URL: database.url,
        KAFKA_BROKERS: 'run.example:9092',
        KAFKA_SASL_USERNAME: 'run',
        TOPIC_PREFIX: 'mine',
      });
      expect(withRunningInstance({ DATA_DIR: root })).toMatchObject(own);
      expect(existsSync(join(folder.secrets, 'api-token'))).toBe(false);
    });

    it('and status is asked, with other settings in its terminal / shows where the run is, and its token', async () => {
      const others = { API_TOKEN: 'cs_of_this_terminal', KAFKA_BROKERS: 'here.example:9092', GATEWAY_PORT: '8000' };
      const { out } = await runScript('apps/local/src/status.js', ['--json'], { DATA_DIR: root, ...others });
      expect(JSON.parse(out)).toMatchObject({
        pid: process.pid,
        gateway: { url: expect.stringContaining(':3000/') },
        broker: own.KAFKA_BROKERS,
        apiToken: own.API_TOKEN,
      });
    });

    it('and a shell evaluates what status prints for it / has the addresses and the token as they are', async () => {
      const { out } = await runScript('apps/local/src/status.js', ['--env'], { DATA_DIR: root });
      const shown = 'eval "$1"; printf "%s %s" "$KAFKA_BROKERS" "$API_TOKEN"';
      expect(execFileSync('sh', ['-c', shown, 'sh', out], { encoding: 'utf8' })).toBe(`${own.KAFKA_BROKERS} ${own.API_TOKEN}`);
    });

    it.each(['--json', '--env'])('and what status %s prints cannot be written / it says so, and ends with 1', (form) => {
      const stdout = openSync(import.meta.filename, 'r');
      const { status, stderr } = spawnSync(process.execPath, ['dist/apps/local/src/status.js', form], {
        env: { DATA_DIR: root },
        stdio: ['ignore', stdout, 'pipe'],
        encoding: 'utf8',
      });
      closeSync(stdout);
      expect([status, stderr]).toEqual([1, "Standard output can't be written: EBADF.\n"]);
    });

    it('and contacts are seeded / go into its database', async () => {
      const { err } = await runScript('apps/local/src/seed.js', ['--contacts', '1'], { DATA_DIR: root });
      expect(err).toContain('The database has no tables yet');
    });

    it.each([
      ['in place', 'API_TOKEN', 'cs_of_this_terminal'],
      ['in a file', 'GATEWAY_DATABASE_URL', 'postgres://u:p@here.example/gateway'],
    ])('and one names a setting itself that the run has %s / keeps its own', (_where, name, text) => {
      const file = join(root, 'mine');
      writeFileSync(file, text);
      for (const mine of [{ [name]: text }, { [`${name}_FILE`]: file }]) {
        const merged = withRunningInstance({ DATA_DIR: root, ...mine });
        expect(new SettingsReader(merged).readOrFile(name, (read) => read)).toBe(text);
      }
    });

    it('and others read its folder / find only what commands need, for its owner alone', () => {
      const file = folder.pidFile('ports');
      expect(statSync(file).mode & 0o777).toBe(0o600);
      for (const unneeded of Object.values(local).slice(-3)) expect(readFileSync(file, 'utf8')).not.toContain(unneeded);
    });
  });

  describe('while two ephemeral runs of one clone are at work', () => {
    const ends: (() => void)[] = [];
    const folders = ['7100', '7200'].map((GATEWAY_PORT) => {
      const root = mkdtempSync(join(tmpdir(), 'ephemeral-instance-'));
      const folder = dataFolderAt(root);
      return {
        root,
        begin: () => [lockDataFolder(folder, 'jest'), noteRun(folder, readSettings({ GATEWAY_PORT })), noteEphemeral(folder)],
      };
    });
    beforeAll(() => void ends.push(...folders.flatMap(({ begin }) => begin())));
    afterAll(() => {
      for (const end of ends) end();
      for (const { root } of folders) rmSync(root, { recursive: true });
    });

    it('and the ports of one are set / take that one, and know that its data go', () => {
      for (const [index, GATEWAY_PORT] of ['7100', '7200'].entries())
        expect(runningInstance({ GATEWAY_PORT })).toMatchObject({ dataDir: folders[index]!.root, isEphemeral: true });
    });

    it('and the ports of none are set / name the ports to choose from', () => {
      expect(() => runningInstance({ GATEWAY_PORT: '7300' })).toThrow(/7100, 7200: choose one by PORT_OFFSET/);
    });

    it('and a command names its servers, or asks for help / needs none of them', async () => {
      expect(await environmentFor(command, ['lag'], SERVERS)).toEqual(SERVERS);
      expect(await environmentFor(command, ['lag', '--help'], {})).toEqual({});
    });
  });
});
