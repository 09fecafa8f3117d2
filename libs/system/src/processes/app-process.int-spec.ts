import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { dataFolderAt } from '../data-folder/data-folder.js';
import { freePort } from '../servers/ports.js';
import { AppProcess } from './app-process.js';
import { Watchdog } from './watchdog.js';

let folder: string;
let watchdog: Watchdog;
let app: AppProcess;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'app process '));
  watchdog = new Watchdog();
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'app.js'), `console.log('loaded');`);
  writeFileSync(join(folder, 'main.js'), `import './app.js'; console.log('begun, channel open: ' + Boolean(process.connected));`);
  app = new AppProcess(
    { name: 'app', script: 'main.js', env: process.env, built: folder },
    { folder: dataFolderAt(folder), watchdog },
  );
});
afterEach(async () => {
  await watchdog.close();
  rmSync(folder, { recursive: true, force: true });
});

const output = (): string => readFileSync(dataFolderAt(folder).logFile('app'), 'utf8');

async function untilOutput(text: string): Promise<void> {
  for (const deadline = Date.now() + 30_000; !output().includes(text) && Date.now() < deadline;) await sleep(20);
  expect(output()).toContain(text);
}

describe('an app whose modules are loaded ahead', () => {
  it('when it is started / begins in the same process, which has loaded them once, without a channel to this one', async () => {
    await app.load('app.js');
    await untilOutput('loaded');
    expect(output()).not.toContain('begun');
    const { exited } = await app.start({ mayEnd: true });
    expect(await exited).toEqual({ code: 0, signal: null });
    expect(output()).toBe('loaded\nbegun, channel open: false\n');
  });

  it('when it is started while it still loads / loads to the end, and begins', async () => {
    await app.load('app.js');
    const { exited } = await app.start({ mayEnd: true });
    expect(await exited).toEqual({ code: 0, signal: null });
    expect(output()).toBe('loaded\nbegun, channel open: false\n');
  });

  it('when loading has failed / its start fails, and the log says why', async () => {
    writeFileSync(join(folder, 'app.js'), `throw new Error('broken ' + process.pid);`);
    await app.load('app.js');
    await untilOutput('broken');
    await expect(app.runToEnd()).rejects.toThrow('app failed');
    expect(app.output).toContain('broken');
  });

  it('when everything is stopped before it is started / ends', async () => {
    await app.load('app.js');
    await watchdog.close();
    expect(app.isRunning).toBe(false);
  });
});

describe('an app that listens on one address', () => {
  it('when it is started / is ready as soon as it answers there', async () => {
    writeFileSync(
      join(folder, 'listen.js'),
      `import { createServer } from 'node:http';
      const server = createServer((_, response) => response.end('{"status":"ok"}'));
      server.listen(process.env.GATEWAY_PORT, process.env.HOST);`,
    );
    const port = await freePort();
    const env = { ...process.env, GATEWAY_PORT: String(port), HOST: '::1' };
    const script = { name: 'listener', script: 'listen.js', env, port, built: folder };
    const listener = new AppProcess(script, { folder: dataFolderAt(folder), watchdog });
    await listener.start();
    await listener.untilReady();
    expect(await listener.health()).toBe('ok');
  });
});
