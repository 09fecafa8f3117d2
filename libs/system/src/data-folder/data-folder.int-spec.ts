import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { dataFolderAt, lockDataFolder, type DataFolder } from './data-folder.js';

let folder: DataFolder;
beforeEach(() => {
  folder = dataFolderAt(join(mkdtempSync(join(tmpdir(), 'data-folder-')), 'data'));
});
afterEach(() => rmSync(join(folder.root, '..'), { recursive: true, force: true }));

describe('lockDataFolder', () => {
  it('when another process has locked the folder / refuses and names that process', async () => {
    const other = spawn('sleep', ['305'], { stdio: 'ignore' });
    await once(other, 'spawn');
    lockDataFolder(folder, 'sleep 305')();
    writeFileSync(folder.pidFile('local'), JSON.stringify({ pid: other.pid, marker: 'sleep 305' }));
    expect(() => lockDataFolder(folder, 'sleep 305')).toThrow(`already runs on ${folder.root} (process ${other.pid})`);
    other.kill();
    await once(other, 'exit');
    expect(() => lockDataFolder(folder, 'sleep 305')).not.toThrow();
  });

  it.each(['', '{}', '{"pid":1,"marker":"apps/local/src/main.js"}', '{"pid":999999999,"marker":"x"}'])(
    'when a killed run has left the lock %j / locks the folder',
    (left) => {
      lockDataFolder(folder, 'x')();
      writeFileSync(folder.pidFile('local'), left);
      lockDataFolder(folder, 'x')();
      expect(existsSync(folder.pidFile('local'))).toBe(false);
    },
  );

  it('when the folder can not be made / names the setting to change', () => {
    expect(() => lockDataFolder(dataFolderAt('/dev/null/data'), 'x')).toThrow(
      /DATA_DIR \/dev\/null\/data can't be used: .* Set DATA_DIR/,
    );
  });
});
