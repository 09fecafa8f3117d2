import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#app/system/testing';
import { EventsEnv } from '../env.js';
import { Interrupted, Refused } from '../events.errors.js';
import type { Tool } from '../tool.js';
import { runTaskOf } from './app-task.js';

const BUILT = pathToFileURL(resolve('dist/libs/terminal/src/index.js')).href;
let apps: string;
beforeAll(() => void (apps = mkdtempSync(join(tmpdir(), 'app-task-'))));
afterAll(() => rmSync(apps, { recursive: true }));

/** Starts a task with this work. */
function start(work: string, before?: AbortSignal) {
  writeFileSync(join(apps, 'task.mjs'), `import { runAppTask } from '${BUILT}';\nawait runAppTask(${work}, String);`);
  const stop = new AbortController();
  const signal = before ?? stop.signal;
  const said: string[] = [];
  const stderr = { write: (text: string) => said.push(text) };
  const tool = { env: new EventsEnv(), apps, signal, stderr } as unknown as Tool;
  const ended = runTaskOf({ script: 'task.mjs', args: [] }, tool).catch((failure: unknown) => failure);
  return { said, ended, interrupt: () => stop.abort() };
}

/** Interrupts a task once it works; it then ends like this. */
async function interrupted(end: string): Promise<unknown> {
  const { said, ended, interrupt } = start(`({ progress, signal }) => new Promise((done, fail) => {
    const wait = setTimeout(() => undefined, 60_000);
    signal.addEventListener('abort', () => (clearTimeout(wait), ${end}));
    progress({ done: 1_000, total: 2_000 });
  })`);
  await eventually(() => expect(said).not.toEqual([]));
  interrupt();
  return ended;
}

describe('a task of an app', () => {
  it('when it tells something beside its result / the tool shows it', async () => {
    const { said, ended } = start(`async ({ note }) => (note('It waits.'), { done: 1 })`);
    expect(await ended).toEqual({ done: 1 });
    expect(said).toEqual(['It waits.\n']);
  });
});

describe('a task of an app, by Ctrl-C', () => {
  it('when it has not begun / does not begin', async () => {
    const { said, ended } = start(`async ({ note }) => (note('It works.'), { done: 1 })`, AbortSignal.abort());
    expect(await ended).toBeInstanceOf(Interrupted);
    expect(said).toEqual([]);
  });

  it('when it succeeds all the same / its result is returned', async () => {
    expect(await interrupted('done({ done: 1 })')).toEqual({ done: 1 });
  });

  it('when it ends because of that / is interrupted', async () => {
    expect(await interrupted('fail(signal.reason)')).toBeInstanceOf(Interrupted);
  });

  it('when it fails then / is refused with its reason', async () => {
    expect(await interrupted(`fail(new Error('The restoring failed.'))`)).toEqual(new Refused('Error: The restoring failed.'));
  });
});
