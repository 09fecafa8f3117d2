import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dataFolderAt, lockDataFolder } from '#app/system';
import { readSettings } from './env.js';
import { notePorts, runningInstance, withRunningInstance } from './running-instance.js';

const DATA_DIR = mkdtempSync(join(tmpdir(), 'instance-'));
const environment = { DATA_DIR };
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
  });
});
