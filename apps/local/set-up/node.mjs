import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { NPM } from './causes.mjs';
import { SetUpFailed } from './failure.mjs';
import { npm } from './npm.mjs';
import { run } from './processes.mjs';
import { step } from './screen.mjs';

const MAJOR = 26;

/** The Node that runs all programs: see `provideNode`. */
export const nodeProgram = (root) => join(root, 'node_modules/.bin/node');

/** Whether it is installed and runs. */
export const hasNode = (root) => spawnSync(nodeProgram(root), ['--version']).status === 0;

/**
 * Fetches the Node of the lockfile into .cache, unless the current one is new enough. It is fetched apart from the packages: its
 * 52 MB would delay them.
 * @returns {Promise<string>} the program
 */
export async function fetchNode(root) {
  if (Number.parseInt(process.versions.node, 10) >= MAJOR) return process.execPath;
  const { version } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages['node_modules/node'] ?? {};
  if (!version) throw new SetUpFailed('package-lock.json names no package "node".');
  const folder = join(root, '.cache', `node-${version}`);
  const program = join(folder, 'node_modules', packageName(), 'bin/node');
  if (!existsSync(folder))
    await step(`fetching Node ${version}`, `Node ${version} fetched`, () => fetchInto(root, folder, version));
  if (spawnSync(program, ['--version']).status === 0) return program;
  rmSync(folder, { recursive: true, force: true });
  throw new SetUpFailed(
    `Node ${version} was fetched and does not run on this machine. Start this by Node ${MAJOR} or later instead.`,
  );
}

/** The folder is complete, or does not exist. */
async function fetchInto(root, folder, version) {
  const draft = `${folder}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const what = [
    `${packageName()}@${version}`,
    '--no-save',
    '--no-package-lock',
    '--ignore-scripts',
    '--prefer-offline',
    '--no-audit',
  ];
  await run([...npm(), 'install', '--prefix', draft, ...what], {
    cwd: draft,
    logFile: join(root, '.cache/logs/node.log'),
    failure: `Node ${version} was not fetched; a Node ${MAJOR} of this machine's own does as well.`,
    source: NPM,
  });
  renameSync(draft, folder);
}

/** The same choice as the package "node" makes. */
function packageName() {
  const { platform, arch } = process;
  return [platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node', platform, arch].join('-');
}

/** Makes the program the one of node_modules/.bin. */
export function linkNode(root, program) {
  const link = nodeProgram(root);
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(program, link);
}
