import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { dataDirAt, takeDataDir, type DataDir } from './data-dir.js';

let dataDir: DataDir;
beforeEach(() => {
  dataDir = dataDirAt(join(mkdtempSync(join(tmpdir(), 'data-dir-')), 'data'));
});
afterEach(() => rmSync(join(dataDir.root, '..'), { recursive: true, force: true }));

describe('takeDataDir', () => {
  it('when another local run has it / refuses and names that one', async () => {
    const other = spawn('sleep', ['305'], { stdio: 'ignore' });
    await once(other, 'spawn');
    takeDataDir(dataDir, 'sleep 305')();
    writeFileSync(dataDir.pidFile('local'), JSON.stringify({ pid: other.pid, marker: 'sleep 305' }));
    expect(() => takeDataDir(dataDir, 'sleep 305')).toThrow(`already runs on ${dataDir.root} (process ${other.pid})`);
    other.kill();
    await once(other, 'exit');
    expect(() => takeDataDir(dataDir, 'sleep 305')).not.toThrow();
  });

  it.each(['', '{}', '{"pid":1,"marker":"apps/local/src/main.js"}', '{"pid":999999999,"marker":"x"}'])(
    'when a killed run has left %j / takes it',
    (left) => {
      takeDataDir(dataDir, 'x')();
      writeFileSync(dataDir.pidFile('local'), left);
      takeDataDir(dataDir, 'x')();
      expect(existsSync(dataDir.pidFile('local'))).toBe(false);
    },
  );

  it('when the folder can not be made / says which setting to change', () => {
    expect(() => takeDataDir(dataDirAt('/dev/null/data'), 'x')).toThrow(
      /DATA_DIR \/dev\/null\/data can't be used: .* Set DATA_DIR/,
    );
  });
});
