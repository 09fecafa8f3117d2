import { spawn, type ChildProcess } from 'node:child_process';
import { openSync, closeSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '#app/system/testing';

let child: ChildProcess;
afterEach(() => void child?.kill('SIGKILL'));

/** A process that logs, says on its channel how many lines it has, and ends by its own handler of SIGTERM. */
const PROGRAM = `
  import { createLogger } from '#app/http';
  const logger = createLogger('app', 'info');
  process.on('SIGTERM', () => process.exit(7));
  let lines = 0;
  process.on('message', (count) => {
    for (let i = 0; i < count; i++) logger.info({ text: 'x'.repeat(100) }, 'line ' + ++lines);
    process.send(lines);
  });
  process.send('ready');
`;

/** Starts the program on an output. */
async function start(stdout: number | 'pipe'): Promise<void> {
  child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], { stdio: ['ignore', stdout, 'inherit', 'ipc'] });
  await message();
}
const message = () => new Promise((resolve) => child.once('message', resolve));
const log = async (count: number) => {
  child.send(count);
  return message();
};
const end = (): Promise<number | null> =>
  new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill('SIGTERM');
  });

describe('when the output', () => {
  it('is a full disk / the process goes on and ends by SIGTERM', async () => {
    const full = openSync('/dev/full', 'w');
    await start(full);
    closeSync(full);
    for (let round = 1; round <= 5; round++) expect(await log(100)).toBe(100 * round);
    expect(await end()).toBe(7);
  });

  it('is a pipe without a reader / the process goes on and ends by SIGTERM', async () => {
    await start('pipe');
    child.stdout!.pause();
    for (let round = 1; round <= 20; round++) expect(await log(10_000)).toBe(10_000 * round);
    expect(await end()).toBe(7);
  });

  it('is a pipe that is read late / what was lost is counted, and the rest is whole', async () => {
    await start('pipe');
    child.stdout!.pause();
    await log(100_000);
    let text = '';
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    child.stdout!.resume();
    await eventually(() => expect(text.includes('"lost"')).toBe(true));
    await log(1);
    await eventually(() => expect(/line 100001".*\n$/.test(text)).toBe(true));
    const records = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string; lost?: number });
    const lost = records.reduce((sum, record) => sum + (record.lost ?? 0), 0);
    expect(lost).toBeGreaterThan(0);
    expect(records.filter(({ msg }) => msg.startsWith('line ')).length + lost).toBe(100_001);
    expect(records.at(-1)!.msg).toBe('line 100001');
  });

  it('is a pipe whose reader has gone / the process goes on and ends by SIGTERM', async () => {
    await start('pipe');
    child.stdout!.destroy();
    for (let round = 1; round <= 5; round++) expect(await log(100)).toBe(100 * round);
    expect(await end()).toBe(7);
  });

  it('works / every line is there at the end of the process', async () => {
    await start('pipe');
    let text = '';
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    const closed = new Promise((resolve) => child.stdout!.once('close', resolve));
    await log(1_000);
    expect(await end()).toBe(7);
    await closed;
    expect(text.trim().split('\n')).toHaveLength(1_000);
  });
});
