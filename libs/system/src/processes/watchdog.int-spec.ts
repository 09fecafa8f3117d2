import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '#app/system/testing';
import { isRunning } from './process-table.js';

/** A process that starts a child under a watchdog, says their ids, and then does what its standard input says. */
const PARENT = `
  const { startChild, stopPlan, Watchdog } = await import(${JSON.stringify(resolve('dist/libs/system/src/index.js'))});
  const folder = process.argv[1];
  const watchdog = new Watchdog();
  const files = { logFile: folder + '/child.log', pidFile: folder + '/child.json' };
  const shell = (rank, script) =>
    startChild({ name: 'child', command: 'sh', args: ['-c', script], ...files, marker: 'x', plan: stopPlan('SIGTERM', 300), rank }, watchdog);
  const first = await shell(1, 'exec sleep 300');
  const stubborn = await shell(0, 'trap "" TERM; echo ready; sleep 300 & wait; wait');
  (await import('node:fs')).mkdirSync(folder + '/data');
  watchdog.removeAtEnd(folder + '/data');
  console.log(JSON.stringify({ first: first.pid, stubborn: stubborn.pid, watchdog: watchdog.process.pid }));
  const close = () => (console.log('closing'), watchdog.close().then(() => process.exit(0)));
  const answer = { ask: () => console.log('answer'), close };
  process.stdin.on('data', (word) => answer[word]()).once('end', () => process.exit(1));
`;

let folder: string;
let parent: ChildProcess;
let pids: { first: number; stubborn: number; watchdog: number };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'watchdog-'));
  parent = spawn(process.execPath, ['--input-type=module', '-e', PARENT, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout!, 'data')) as [Buffer];
  pids = JSON.parse(line.toString()) as typeof pids;
});
afterEach(() => {
  parent.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function childrenOf(pid: number): number[] {
  const linux = `/proc/${pid}/task/${pid}/children`;
  const list = existsSync(linux) ? readFileSync(linux, 'utf8') : execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' });
  return list.trim().split(/\s+/).map(Number);
}
/** Whether the watchdog has its handlers. Node has handlers of the other two signals from its start. */
const isDeaf = (pid: number): boolean => {
  const caught = execFileSync('ps', ['-o', 'caught=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  return ((BigInt(`0x${caught}`) >> BigInt(constants.signals.SIGHUP - 1)) & 1n) === 1n;
};
const nothingLeft = () => eventually(() => expect(Object.entries(pids).filter(([, pid]) => isRunning(pid))).toEqual([]));

describe('a watchdog', () => {
  it('while its parent lives / stops nothing', async () => {
    await new Promise((done) => setTimeout(done, 300));
    expect(Object.values(pids).map(isRunning)).toEqual([true, true, true]);
  });

  it('when its parent is killed / stops all children, also by SIGKILL, removes the folder and ends', async () => {
    parent.kill('SIGKILL');
    await nothingLeft();
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  it('when it is killed / is replaced by one that knows the children', async () => {
    process.kill(pids.watchdog, 'SIGKILL');
    await eventually(() => expect(childrenOf(parent.pid!).filter((pid) => !Object.values(pids).includes(pid))).toHaveLength(1));
    expect([pids.first, pids.stubborn].map(isRunning)).toEqual([true, true]);
    // The parent tells the new one in the turn in which it starts it, and answers in a later one.
    parent.stdin!.write('ask');
    await once(parent.stdout!, 'data');
    parent.kill('SIGKILL');
    await nothingLeft();
  });

  it('when it is closed / has stopped the children', async () => {
    parent.stdin!.write('close');
    await once(parent, 'exit');
    expect([pids.first, pids.stubborn].map(isRunning)).toEqual([false, false]);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'when it gets a %s, as all processes of a session do / goes on',
    async (signal) => {
      await eventually(() => expect(isDeaf(pids.watchdog)).toBe(true));
      process.kill(pids.watchdog, signal);
      await new Promise((done) => setTimeout(done, 300));
      expect(Object.values(pids).map(isRunning)).toEqual([true, true, true]);
    },
  );

  it.each(['before it is closed', 'while it is closed'])(
    'when it is killed %s / the children are stopped and the folder is removed all the same',
    async (moment) => {
      const ended = once(parent, 'exit');
      if (moment === 'while it is closed') {
        // It is held, so that it has stopped the first child alone, however long this process is held up.
        process.kill(pids.watchdog, 'SIGSTOP');
        parent.stdin!.write('close');
        await once(parent.stdout!, 'data');
        process.kill(pids.first, 'SIGKILL');
        await eventually(() => expect(isRunning(pids.first)).toBe(false));
      }
      process.kill(pids.watchdog, 'SIGKILL');
      await eventually(() => expect(isRunning(pids.watchdog)).toBe(false));
      if (moment === 'before it is closed') parent.stdin!.write('close');
      await ended;
      expect([pids.first, pids.stubborn].map(isRunning)).toEqual([false, false]);
      expect(existsSync(join(folder, 'data'))).toBe(false);
    },
  );
});
