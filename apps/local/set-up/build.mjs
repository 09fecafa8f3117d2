import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './processes.mjs';
import { step } from './screen.mjs';
import { digestOf, filesUnder } from './stamp.mjs';

/** What tsconfig.build.json builds. */
const isBuilt = (file) =>
  file.endsWith('.ts') && !/^libs\/contracts\/(dist|schemas|released)\/|[.-](spec|fixtures)\.ts$|\.d\.ts$/.test(file);
const BUILD = 'tsconfig.build.json';
const CONFIGURATION = ['package-lock.json', 'tsconfig.json', 'apps/local/set-up/transpile.mjs'];

/** Builds apps, local run and tools: files whose source has changed since their build. */
export async function build(root) {
  const stampFile = join(root, 'dist/.set-up');
  const configuration = digestOf(...CONFIGURATION.map((file) => readFileSync(join(root, file))));
  const { include: folders } = JSON.parse(readFileSync(join(root, BUILD), 'utf8'));
  const sources = folders.flatMap((folder) => filesUnder(root, folder)).filter(isBuilt);
  const digests = Object.fromEntries(sources.map((file) => [file, digestOf(configuration, readFileSync(join(root, file)))]));
  const built = readStamp(stampFile);
  removeStrays(root);
  const changed = sources.filter((file) => built[file] !== digests[file] || !existsSync(join(root, outputOf(file))));
  if (changed.length === 0) return;
  rmSync(stampFile, { force: true });
  await step('building', 'Built', () => transpile(root, changed));
  writeFileSync(stampFile, JSON.stringify(digests));
}

const outputOf = (file) => join('dist', file.replace(/\.ts$/, '.js'));

async function transpile(root, files) {
  const list = join(root, '.cache/build-list.json');
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(list, JSON.stringify(files));
  const command = [process.execPath, join(root, 'apps/local/set-up/transpile.mjs'), list];
  await run(command, { cwd: root, logFile: join(root, '.cache/logs/build.log'), failure: 'The build failed.' });
}

/** The digest of each built source; empty if it is unknown. */
function readStamp(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) ?? {};
  } catch {
    return {};
  }
}

/** Removes the build of a deleted source: code that lists files, as migrations do, would still find it. */
function removeStrays(root) {
  const built = ['dist/apps', 'dist/deploy', 'dist/libs', 'dist/test'].flatMap((folder) => filesUnder(root, folder));
  for (const file of built) {
    const source = file.replace(/^dist\//, '').replace(/\.js(\.map)?$|\.d\.ts$/, '.ts');
    if (!existsSync(join(root, source))) rmSync(join(root, file));
  }
}
