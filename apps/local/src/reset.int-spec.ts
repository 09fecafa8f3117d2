import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

let root: string;
let dataDir: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'reset-'));
  dataDir = join(root, 'data');
  for (const name of ['postgres', 'kafka', 'secrets']) mkdirSync(join(dataDir, name), { recursive: true });
  writeFileSync(join(dataDir, '.contact-sync'), '');
});
afterEach(() => rmSync(root, { recursive: true }));

function reset(folder: string, ...options: string[]) {
  const environment = { PATH: process.env['PATH'], DATA_DIR: folder };
  const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/apps/local/src/reset.js', ...options], {
    env: environment,
    encoding: 'utf8',
  });
  return { status, said: `${stdout}${stderr}` };
}

describe('npm run reset', () => {
  it('without a terminal and without --yes / removes nothing', () => {
    expect(reset(dataDir)).toEqual({ status: 1, said: 'Nothing is removed. Without a terminal: npm run reset -- --yes\n' });
    expect(readdirSync(dataDir)).toHaveLength(4);
  });

  it('with --yes / removes what a run made, and the folder', () => {
    expect(reset(dataDir, '--yes')).toMatchObject({ status: 0, said: expect.stringContaining('Removed.') });
    expect(existsSync(dataDir)).toBe(false);
    expect(reset(dataDir, '--yes')).toMatchObject({ status: 0, said: expect.stringContaining('nothing of npm start') });
  });

  it('with a folder that no run has taken / removes nothing, whatever the names in it', () => {
    rmSync(join(dataDir, '.contact-sync'));
    expect(reset(dataDir, '--yes')).toMatchObject({ status: 0, said: expect.stringContaining('nothing of npm start') });
    expect(readdirSync(dataDir)).toEqual(['kafka', 'postgres', 'secrets']);
  });

  it('with a folder of a run from before the mark / removes what that run made', () => {
    rmSync(join(dataDir, '.contact-sync'));
    writeFileSync(join(dataDir, 'secrets/gateway-secret'), '');
    expect(reset(dataDir, '--yes').status).toBe(0);
    expect(existsSync(dataDir)).toBe(false);
  });

  it('with other files in the folder / they stay', () => {
    writeFileSync(join(dataDir, 'notes.txt'), '');
    expect(reset(dataDir, '--yes').status).toBe(0);
    expect(readdirSync(dataDir)).toEqual(['notes.txt']);
  });

  it('with a folder that is a link / empties it, and the link stays', () => {
    const link = join(root, 'link');
    symlinkSync(dataDir, link);
    expect(reset(link, '--yes')).toMatchObject({ status: 0, said: expect.stringContaining('Removed.') });
    expect(readdirSync(link)).toEqual([]);
  });
});
