import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StartFailed } from '#app/system';
import type { FuzzedGateway } from './gateway.js';
import type { Options } from './options.js';
import type { FuzzReport } from './summary.js';

const VERSION = '4.32.5';
const FILES = resolve('test/fuzz');

/**
 * Installs schemathesis into a folder, unless it is there.
 * @returns path of its program
 * @throws {StartFailed} where Python is missing, or the package can't be downloaded
 */
export async function installSchemathesis(say: (line: string) => void): Promise<string> {
  const folder = resolve('.cache', `schemathesis-${VERSION}`);
  const program = join(folder, 'bin', 'schemathesis');
  if (existsSync(program)) return program;
  if (spawnSync('python3', ['--version']).status !== 0) throw new StartFailed('Python 3.10 or later is needed, as python3.');
  say(`Fetching schemathesis ${VERSION} by pip …`);
  mkdirSync(resolve('.cache'), { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  const installed =
    (await run('python3', ['-m', 'venv', folder])) &&
    (await run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', `schemathesis==${VERSION}`]));
  if (installed) return program;
  rmSync(folder, { recursive: true, force: true });
  throw new StartFailed('schemathesis was not fetched: see above.');
}

/** Runs schemathesis against a gateway, and prints its output. */
export async function runSchemathesis(
  program: string,
  gateway: FuzzedGateway,
  options: Options,
  folder: string,
): Promise<FuzzReport> {
  const configuration = join(folder, 'schemathesis.toml');
  const report = join(folder, 'report.json');
  writeFileSync(configuration, configurationFor(gateway.token), { mode: 0o600 });
  await run(
    program,
    [
      ...['--config-file', configuration, 'run', `${gateway.url}/openapi.json`],
      ...['--seed', String(options.seed), '--max-examples', String(options.examples), '--workers', String(options.workers)],
      ...['--report', 'json', '--report-json-path', report],
    ],
    { output: 'inherit', cwd: folder },
  );
  return JSON.parse(readFileSync(report, 'utf8')) as FuzzReport;
}

const configurationFor = (token: string): string => `hooks = "${FILES}/hooks.py"
${readFileSync(`${FILES}/schemathesis.toml`, 'utf8')}
[auth.openapi.bearer]
bearer = "${token}"
`;

interface RunOptions {
  output?: 'ignore' | 'inherit';
  /** The folder in which the program runs and writes its files. */
  cwd?: string;
}

/** @returns whether it exited with 0 */
async function run(command: string, args: string[], { output = 'ignore', cwd = '.' }: RunOptions = {}): Promise<boolean> {
  const child = spawn(command, args, { cwd, stdio: ['ignore', output, 'inherit'] });
  return new Promise((done) => child.once('error', () => done(false)).once('exit', (code) => done(code === 0)));
}
