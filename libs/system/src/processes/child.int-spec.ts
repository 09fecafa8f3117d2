import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startChild, stopLeftover } from './child.js';
import { commandLineOf, isRunning } from './process-table.js';
import { stopPlan } from './stop-process.js';
import { Watchdog } from './watchdog.js';

const plan = stopPlan('SIGTERM', 2_000);
let folder: string;
let pidFile: string;
let left: ChildProcess;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'child-'));
  pidFile = join(folder, 'child.json');
  left = spawn('sleep', ['301'], { stdio: 'ignore' });
  await once(left, 'spawn');
});
afterEach(() => {
  left.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

describe('stopLeftover', () => {
  it('when the pid file names the process that it was written for / stops it', async () => {
    writeFileSync(pidFile, JSON.stringify({ pid: left.pid, marker: 'sleep 301' }));
    await stopLeftover({ name: 'sleep', pidFile, plan });
    expect(isRunning(left.pid!)).toBe(false);
    expect(existsSync(pidFile)).toBe(false);
  });

  it('when the id belongs to another process / does not stop it, and removes the pid file', async () => {
    writeFileSync(pidFile, JSON.stringify({ pid: left.pid, marker: 'kafka.Kafka' }));
    await stopLeftover({ name: 'Kafka', pidFile, plan });
    expect(isRunning(left.pid!)).toBe(true);
    expect(existsSync(pidFile)).toBe(false);
  });

  it.each(['', 'no JSON', '{}', 'null', '{"pid":"1","marker":"init"}', '{"pid":1,"marker":""}'])(
    'when the pid file says %j / does nothing',
    async (content) => {
      writeFileSync(pidFile, content);
      await expect(stopLeftover({ name: 'Kafka', pidFile, plan })).resolves.toBeUndefined();
    },
  );
});

describe('startChild', () => {
  const command = (args: string[]) => ({
    name: 'shell',
    command: 'sh',
    args,
    logFile: join(folder, 'logs/shell.log'),
    pidFile,
    marker: 'sh',
    plan,
    rank: 0,
  });
  let watchdog: Watchdog;
  beforeEach(() => {
    watchdog = new Watchdog();
  });
  afterEach(() => watchdog.close());

  it('when a child ends / its output is kept, its end is reported, and no pid file is left', async () => {
    const child = await startChild(command(['-c', 'echo out; echo err >&2; exit 3']), watchdog);
    await expect(child.exited).resolves.toEqual({ code: 3, signal: null });
    expect(readFileSync(join(folder, 'logs/shell.log'), 'utf8').split('\n').sort()).toEqual(['', 'err', 'out']);
    expect(existsSync(pidFile)).toBe(false);
  });

  it('when a child runs / remembers it for a later run', async () => {
    const child = await startChild(command(['-c', 'sleep 302; :']), watchdog);
    expect(JSON.parse(readFileSync(pidFile, 'utf8'))).toEqual({ pid: child.pid, marker: 'sh' });
    expect(commandLineOf(child.pid)).toBe('sh -c sleep 302; :');
    await child.stop();
    expect(isRunning(child.pid)).toBe(false);
  });

  it('when there is no such program / throws StartFailed', async () => {
    await expect(startChild({ ...command([]), command: 'no-such-program' }, watchdog)).rejects.toThrow(
      'shell could not be started',
    );
  });

  it('when the end has begun / starts nothing', async () => {
    await watchdog.close();
    await expect(startChild(command(['-c', 'sleep 303']), watchdog)).rejects.toThrow('Stopping');
  });
});
