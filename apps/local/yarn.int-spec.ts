import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const [, PROGRAM = ''] = /^yarnPath: (.+)$/m.exec(readFileSync('.yarnrc.yml', 'utf8')) ?? [];

describe('what Yarn hands its commands over to', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'yarn-'));
    writeFileSync(join(folder, 'npm'), '#!/bin/sh\nprintf "%s\\n" "$@"\nexit 7\n');
    chmodSync(join(folder, 'npm'), 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const yarn = (...args: string[]) =>
    spawnSync(process.execPath, [resolve(PROGRAM), ...args], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH']}` },
    });

  it.each([
    [['start'], ['run', 'start']],
    [
      ['run', 'start', '--ephemeral'],
      ['run', 'start', '--', '--ephemeral'],
    ],
    [
      ['test', '-t', 'a b'],
      ['run', 'test', '--', '-t', 'a b'],
    ],
  ])('when it is a script, %j / npm runs it, and its exit code is given back', (args, given) => {
    const { stdout, status } = yarn(...args);
    expect(stdout.trim().split('\n')).toEqual(given);
    expect(status).toBe(7);
  });

  it.each([[[]], [['install']], [['add', 'left-pad']], [['toString']]])('when it is no script, %j / says what to run', (args) => {
    const { stderr, status } = yarn(...args);
    expect(stderr).toContain('yarn start prepares what it needs');
    expect(status).toBe(2);
  });
});
