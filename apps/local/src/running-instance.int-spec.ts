import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dataFolderAt, lockDataFolder } from '#app/system';
import { readSettings } from './env.js';
import { environmentFor } from './operator-command.js';
import { noteEphemeral, notePorts, runningInstance, withRunningInstance } from './running-instance.js';

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
      forget = notePorts(folder, readSettings({ DATA_DIR, GATEWAY_PORT: '7000', AUTH_PORT: '7001' }));
    });
    afterAll(() => {
      forget();
      giveBack();
    });

    it('and name no port themselves / take its ports', () => {
      expect(runningInstance(environment)).toMatchObject({ pid: process.pid, ports: { GATEWAY_PORT: 7000, AUTH_PORT: 7001 } });
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

  describe('while two ephemeral runs of one clone are at work', () => {
    const ends: (() => void)[] = [];
    const folders = ['7100', '7200'].map((GATEWAY_PORT) => {
      const root = mkdtempSync(join(tmpdir(), 'ephemeral-instance-'));
      const folder = dataFolderAt(root);
      return {
        root,
        begin: () => [lockDataFolder(folder, 'jest'), notePorts(folder, readSettings({ GATEWAY_PORT })), noteEphemeral(folder)],
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
