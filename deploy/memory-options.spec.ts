import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { MEMORY_OPTIONS } from '../libs/system/src/processes/app-process.js';

const root = join(import.meta.dirname, '..');
/** From an option to the script, in one line or in a list of lines. */
const START = /enable-source-maps[^]*?(main\.js|\.script)/g;

it.each(['Dockerfile', 'docker-compose.yml', 'deploy/helm/contact-sync/templates/_pod.tpl'])(
  'when %s starts an app / the options of its memory are those of every other start',
  (file) => {
    const starts = readFileSync(join(root, file), 'utf8').match(START) ?? [];
    expect(starts).not.toEqual([]);
    expect(starts.filter((start) => !MEMORY_OPTIONS.every((option) => start.includes(option)))).toEqual([]);
  },
);
