import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NPM } from './causes.mjs';
import { fetchNode, hasNode, linkNode } from './node.mjs';
import { npm } from './npm.mjs';
import { run } from './processes.mjs';
import { step } from './screen.mjs';

const QUIET = ['--include=optional', '--prefer-offline', '--no-audit', '--no-fund'];

/**
 * Installs the lockfile's missing packages.
 * @param {{ all: boolean }} what `all`: development packages too, which a run does not need
 */
export async function install(root, { all }) {
  // Installed development packages stay.
  const wanted = all || existsSync(join(root, 'node_modules/jest'));
  if (isInstalled(root, wanted)) {
    if (!hasNode(root)) linkNode(root, await fetchNode(root));
    return;
  }
  const fetched = fetchNode(root);
  // The waiting caller reports its failure.
  fetched.catch(() => undefined);
  await step('installing packages', 'Packages installed', () => installPackages(root, wanted));
  linkNode(root, await fetched);
}

/** Adds to a run's packages; does not remove and install them again. */
async function installPackages(root, all) {
  const adds = all && isInstalled(root, false);
  const command = adds ? ['install', '--no-save', '--include=dev'] : ['ci', all ? '--include=dev' : '--omit=dev'];
  const failure = 'The packages were not installed.';
  const options = { cwd: root, logFile: join(root, '.cache/logs/npm.log'), failure, source: NPM };
  await run([...npm(), ...command, '--ignore-scripts', ...QUIET], options);
  const scripts = withScripts(root);
  if (scripts.length > 0)
    await run([...npm(), 'rebuild', ...scripts], { ...options, logFile: join(root, '.cache/logs/npm-rebuild.log') });
}

/** Packages whose install script runs. That of "node" fetches Node, which is done separately. */
function withScripts(root) {
  const { allowScripts = {} } = read(root, 'package.json');
  const present = presentPackages(root);
  return Object.keys(allowScripts).filter(
    (name) => allowScripts[name] && name !== 'node' && present[`node_modules/${name}`]?.hasInstallScript,
  );
}

/** Whether npm reports that the lockfile's packages are installed: all of them, or those of a run. */
function isInstalled(root, all) {
  try {
    const present = presentPackages(root);
    const missing = Object.entries(read(root, 'package-lock.json').packages).filter(
      ([path, { dev, optional, version }]) =>
        path && (all || !dev) && !(present[path] ? present[path].version === version : optional),
    );
    return missing.length === 0;
  } catch {
    return false;
  }
}

const presentPackages = (root) => read(root, 'node_modules/.package-lock.json').packages;
const read = (root, file) => JSON.parse(readFileSync(join(root, file), 'utf8'));
