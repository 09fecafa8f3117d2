import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fetchNode, hasNode, linkNode } from './node.mjs';
import { npm } from './npm.mjs';
import { run } from './processes.mjs';
import { step } from './screen.mjs';

const QUIET = ['--include=optional', '--prefer-offline', '--no-audit', '--no-fund'];

/**
 * Installs from the lockfile what it names and is not there.
 * @param {{ all: boolean }} what `all`: what developing needs too, which a run does without
 */
export async function install(root, { all }) {
  // Whoever has them keeps them.
  const wanted = all || existsSync(join(root, 'node_modules/jest'));
  if (isInstalled(root, wanted)) {
    if (!hasNode(root)) linkNode(root, await fetchNode(root));
    return;
  }
  const fetched = fetchNode(root);
  // Its failure is told when it is waited for.
  fetched.catch(() => undefined);
  await step('installing packages', 'Packages installed', () => installPackages(root, wanted));
  linkNode(root, await fetched);
}

/** What a run has is added to, not removed and installed anew. */
async function installPackages(root, all) {
  const adds = all && isInstalled(root, false);
  const command = adds ? ['install', '--no-save', '--include=dev'] : ['ci', all ? '--include=dev' : '--omit=dev'];
  const failure = 'The packages were not installed. Is the npm registry within reach? Then start again.';
  const options = { cwd: root, logFile: join(root, '.cache/logs/npm.log'), failure };
  await run([...npm(), ...command, '--ignore-scripts', ...QUIET], options);
  const scripts = withScripts(root);
  if (scripts.length > 0)
    await run([...npm(), 'rebuild', ...scripts], { ...options, logFile: join(root, '.cache/logs/npm-rebuild.log') });
}

/** The packages here whose own script is to run. That of "node" fetches Node, which is done beside. */
function withScripts(root) {
  const { allowScripts = {} } = read(root, 'package.json');
  const present = presentPackages(root);
  return Object.keys(allowScripts).filter(
    (name) => allowScripts[name] && name !== 'node' && present[`node_modules/${name}`]?.hasInstallScript,
  );
}

/** Whether npm says that it has installed what the lockfile names, all of it or what a run needs. */
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
