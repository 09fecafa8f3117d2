import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SetUpFailed } from './failure.mjs';
import { run } from './processes.mjs';
import { step } from './screen.mjs';
import { digestOf, isStamped, stamp } from './stamp.mjs';

/** Installs from the lockfile, unless what is installed is of this very lockfile and this machine. */
export async function install(root) {
  const stampFile = join(root, 'node_modules/.set-up');
  const digest = digestOf(readFileSync(join(root, 'package-lock.json')), `${process.platform}-${process.arch}`);
  if (isStamped(stampFile, digest) && existsSync(nodeProgram(root))) return;
  if (!isInstalled(root)) {
    rmSync(stampFile, { force: true });
    await step('installing packages, by npm ci', 'Packages installed', () => npmCi(root));
  }
  requireOwnNode(root);
  stamp(stampFile, digest);
}

/** Node 24, which the npm package `node` brings. */
export const nodeProgram = (root) => join(root, 'node_modules/.bin/node');

async function npmCi(root) {
  // The npm that runs this, or the one on the path.
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  // Whatever NODE_ENV says, the build needs the development packages.
  const command = [...npm, 'ci', '--include=dev', '--include=optional', '--prefer-offline', '--no-audit', '--no-fund'];
  const logFile = join(root, '.cache/logs/npm-ci.log');
  await run(command, { cwd: root, logFile, failure: 'npm ci failed. Is the npm registry within reach? Then start again.' });
}

/** Whether npm says that it has installed just what the lockfile names: someone ran npm ci, and needn't wait for it again. */
function isInstalled(root) {
  try {
    const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
    const present = JSON.parse(readFileSync(join(root, 'node_modules/.package-lock.json'), 'utf8')).packages;
    const missing = Object.entries(wanted).filter(
      ([path, { optional, version }]) => path && !(present[path] ? present[path].version === version : optional),
    );
    return missing.length === 0 && existsSync(nodeProgram(root));
  } catch {
    return false;
  }
}

function requireOwnNode(root) {
  if (spawnSync(nodeProgram(root), ['--version']).status === 0) return;
  throw new SetUpFailed(
    'Packages are installed, but the Node that the package "node" brings does not run. If npm is set to ignore install scripts ' +
      '("npm config get ignore-scripts"), run "npm ci --ignore-scripts=false"; else remove node_modules and start again.',
  );
}
