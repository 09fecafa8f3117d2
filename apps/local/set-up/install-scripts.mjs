import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { npm } from './npm.mjs';
import { presentPackages, read } from './packages.mjs';
import { run } from './processes.mjs';

const SCRIPTS = ['preinstall', 'install', 'postinstall'];

/**
 * Runs the install scripts that package.json allows, once a package, by Node 26: what they look for in a package has to fit that one.
 * The script of "node" fetches Node, which is done separately.
 */
export async function runScripts(root) {
  const { allowScripts = {} } = read(root, 'package.json');
  const present = presentPackages(root);
  const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name] && name !== 'node');
  await Promise.all(
    allowed.filter((name) => present[`node_modules/${name}`]?.hasInstallScript).map((name) => runOnce(root, name)),
  );
}

async function runOnce(root, name) {
  const folder = join(root, 'node_modules', name);
  const done = join(folder, '.scripts-done');
  if (existsSync(done)) return;
  const { scripts = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const options = (what) => ({
    logFile: join(root, '.cache/logs', `${what}-of-${name.replace('/', '+')}.log`),
    failure: `The install script of the package ${name} failed.`,
    env: { PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter) },
  });
  try {
    for (const script of SCRIPTS.filter((each) => scripts[each]))
      await run(['/bin/sh', '-c', scripts[script]], { cwd: folder, ...options(script) });
  } catch {
    // Where a package is not built for this system, npm knows how to.
    await run([...npm(), 'rebuild', name], { cwd: root, ...options('rebuild') });
  }
  writeFileSync(done, '');
}
