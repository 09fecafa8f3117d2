import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NPM } from './causes.mjs';
import { SetUpFailed } from './failure.mjs';
import { runScripts } from './install-scripts.mjs';
import { fetchNode, hasNode, linkNode } from './node.mjs';
import { npm } from './npm.mjs';
import { extentOf, isInstalled, neededPackages, read, rootsOf } from './packages.mjs';
import { output, run } from './processes.mjs';
import { step } from './screen.mjs';

const QUIET = ['--ignore-scripts', '--include=optional', '--prefer-offline', '--no-audit', '--no-fund'];
const FAILURE = 'The packages were not installed.';

/**
 * Installs the lockfile's missing packages.
 * @param {{ all: boolean }} what `all`: development packages too, which a run does not need
 */
export async function install(root, { all }) {
  const extent = extentOf(root, { all });
  if (isInstalled(root, extent)) {
    if (!hasNode(root)) linkNode(root, await fetchNode(root));
    // An earlier set-up can have ended before it ran them.
    await runScripts(root);
    return;
  }
  const fetched = fetchNode(root);
  // The waiting caller reports its failure.
  fetched.catch(() => undefined);
  await step('installing packages', 'Packages installed', async () => {
    const isRun = isInstalled(root, { all: false, tracing: false });
    await (isRun ? addPackages(root, extent) : installAnew(root, extent));
    linkNode(root, await fetched);
    await runScripts(root);
  });
}

/** Adds to a run's packages; does not remove and install them again. */
const addPackages = (root, { all }) =>
  runNpm(root, root, ['install', '--no-save', all ? '--include=dev' : '--omit=dev', ...QUIET]);

/**
 * Installs apart and moves the result here: node_modules is complete, or is what it was. The lockfile for that has only what is
 * needed, each with its address, so that npm asks the registry for no lists of versions: they are as large as the packages.
 */
async function installAnew(root, extent) {
  const draft = join(root, '.cache/install');
  const tryWith = async (registries) => {
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true });
    for (const [name, content] of Object.entries(draftFiles(root, extent, registries)))
      writeFileSync(join(draft, name), JSON.stringify(content));
    await runNpm(root, draft, ['ci', '--include=dev', ...QUIET]);
  };
  const registries = await knownRegistries(root);
  await tryWith(registries).catch((error) => {
    // Some registries have packages at other addresses: npm asks for them.
    if (!(registries && error instanceof SetUpFailed && /\bE40[45]\b/.test(error.message))) throw error;
    return tryWith(null);
  });
  rmSync(join(root, 'node_modules'), { recursive: true, force: true });
  renameSync(join(draft, 'node_modules'), join(root, 'node_modules'));
  rmSync(draft, { recursive: true });
}

function draftFiles(root, extent, registries) {
  const { packages, ...lock } = read(root, 'package-lock.json');
  const dependencies = rootsOf(packages[''], extent);
  const { overrides } = read(root, 'package.json');
  const needed = [...neededPackages(packages, extent).keys()].map((folder) => {
    // Without engines: Node 26 runs them all, whatever Node runs this.
    const entry = { ...packages[folder], engines: undefined };
    return [folder, { ...entry, ...addressOf(folder, entry, registries) }];
  });
  const draft = { name: 'contact-sync', version: '0.0.0', dependencies };
  return {
    'package.json': { ...draft, private: true, overrides },
    'package-lock.json': { ...lock, ...draft, dependencies: undefined, packages: { '': draft, ...Object.fromEntries(needed) } },
  };
}

/** Where registries have a package. */
function addressOf(
  folder,
  { name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length), version },
  registries,
) {
  const [scope, local = scope] = name.split('/');
  const registry = registries?.[`${scope}:registry`] ?? registries?.registry;
  return registry ? { resolved: `${registry.replace(/\/*$/, '/')}${name}/-/${local}-${version}.tgz` } : {};
}

/** npm's settings that name registries; null if npm does not say. */
async function knownRegistries(root) {
  const text = await output([...npm(), 'config', 'list', '--json'], root);
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const runNpm = (root, cwd, args) =>
  run([...npm(), ...args], { cwd, logFile: join(root, '.cache/logs/npm.log'), failure: FAILURE, source: NPM });
