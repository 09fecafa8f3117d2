// Carries out the steps of the Dockerfile in a folder, where no container engine is at hand: node deploy/image/build-folder.mjs FOLDER
// The folder is then what /app is in the image; IMAGE_FOLDER=FOLDER npm run test:deploy runs the manifests' commands in it.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

const [target] = process.argv.slice(2);
if (!target || existsSync(target)) {
  console.error('Name a folder that there is not: node deploy/image/build-folder.mjs FOLDER');
  process.exit(2);
}
const root = resolve(import.meta.dirname, '../..');
const stages = [];
const folderOf = (name) => stages.find((stage) => stage.name === name).folder;

for (const line of instructions(readFileSync(join(root, 'Dockerfile'), 'utf8'))) {
  const [word, ...rest] = line.split(/\s+/);
  if (word === 'FROM') stages.push({ name: rest[2] ?? 'last', folder: resolve(target, rest[2] ?? 'app') });
  if (stages.length === 0) continue;
  const { folder } = stages.at(-1);
  mkdirSync(folder, { recursive: true });
  if (word === 'COPY') copy(rest, folder);
  if (word === 'RUN') {
    console.log(line);
    execFileSync('sh', ['-c', line.slice('RUN '.length)], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  }
}
console.log(`The image's /app is ${stages.at(-1).folder}.`);

/** One line each, without comments. */
function instructions(text) {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  return lines
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter(Boolean);
}

function copy(words, folder) {
  const stage = /^--from=(\w+)$/.exec(words[0])?.[1];
  const names = stage ? words.slice(1) : words;
  const to = names.at(-1);
  for (const name of names.slice(0, -1)) {
    const from = stage ? name.replace('/app', folderOf(stage)) : join(root, name);
    const options = { recursive: true, filter: (file) => !/\/node_modules$/.test(file) || stage !== undefined };
    cpSync(from, to.endsWith('/') ? join(folder, to, basename(name)) : join(folder, to), options);
  }
}
