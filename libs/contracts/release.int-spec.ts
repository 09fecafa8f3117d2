import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SCHEMA_FILES } from './src/index.js';

const root = mkdtempSync(join(tmpdir(), 'contact-sync-release-'));
const folder = join(root, 'libs/contracts');
const kept = join(folder, 'released/9.9.9');
const release = () => spawnSync(process.execPath, [join(folder, 'release.mjs')], { encoding: 'utf8' });
const manifest = JSON.parse(readFileSync('libs/contracts/package.json', 'utf8')) as object;

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  for (const file of [
    'tsconfig.json',
    'libs/contracts/tsconfig.build.json',
    'libs/contracts/build.mjs',
    'libs/contracts/release.mjs',
  ])
    cpSync(file, join(root, file));
  cpSync('libs/contracts/src', join(folder, 'src'), { recursive: true });
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, version: '9.9.9' }));
  // What an earlier build has left.
  mkdirSync(join(folder, 'schemas'));
  writeFileSync(join(folder, 'schemas/ContactCreated.v1.json'), '{}');
});
afterAll(() => rmSync(root, { recursive: true }));

describe('release.mjs', () => {
  it('when the schemas have changed since the last build / keeps them as they are now', () => {
    expect(release()).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(kept).sort()).toEqual(Object.keys(SCHEMA_FILES).sort());
    const files = Object.keys(SCHEMA_FILES).map((file) => [file, JSON.parse(readFileSync(join(kept, file), 'utf8')) as object]);
    expect(Object.fromEntries(files)).toEqual(JSON.parse(JSON.stringify(SCHEMA_FILES)));
  });

  it('when the version is released / says what to raise, and keeps nothing', () => {
    mkdirSync(kept, { recursive: true });
    const files = readdirSync(kept);
    const { status, stderr } = release();
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'The schemas of 9.9.9 are released, and never change. Raise the version in libs/contracts/package.json first.\n',
    });
    expect(existsSync(kept)).toBe(true);
    expect(readdirSync(kept)).toEqual(files);
  });
});
