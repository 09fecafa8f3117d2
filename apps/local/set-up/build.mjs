import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { nodeProgram } from './install.mjs';
import { run } from './processes.mjs';
import { step } from './screen.mjs';
import { digestOf, filesUnder, isStamped, stamp } from './stamp.mjs';

/** What tsconfig.build.json builds, and the JSON that it may take in. */
const isBuilt = (file) =>
  /\.(ts|json)$/.test(file) && !/^libs\/(testing|contracts\/(dist|schemas|released))\/|[.-](spec|fixtures)\.ts$/.test(file);

const CONFIGURATION = ['package-lock.json', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];

/** Builds both apps and the local run, unless what is built is of these very sources. */
export async function build(root) {
  const sources = ['apps', 'libs', 'test/bench', 'test/faults', 'test/fuzz']
    .flatMap((folder) => filesUnder(root, folder))
    .filter(isBuilt);
  const inputs = [...CONFIGURATION, ...sources];
  const digest = digestOf(...inputs.flatMap((file) => [file, readFileSync(join(root, file))]));
  const stampFile = join(root, 'dist/.set-up');
  if (isStamped(stampFile, digest)) return;
  rmSync(stampFile, { force: true });
  removeStrays(root);
  const command = [nodeProgram(root), 'node_modules/typescript-7/bin/tsc', '-p', 'tsconfig.build.json'];
  const logFile = join(root, '.cache/logs/build.log');
  await step('building', 'Built', () => run(command, { cwd: root, logFile, failure: 'The build failed.' }));
  stamp(stampFile, digest);
}

/** What was built of a source that is no more would still be found by those who look for files, as migrations are. */
function removeStrays(root) {
  const built = ['dist/apps', 'dist/libs', 'dist/test'].flatMap((folder) => filesUnder(root, folder));
  for (const file of built) {
    const source = file.replace(/^dist\//, '').replace(/\.js(\.map)?$|\.d\.ts$/, '.ts');
    if (!existsSync(join(root, source))) rmSync(join(root, file));
  }
}
