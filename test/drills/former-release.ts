import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';

const REPOSITORY = resolve(import.meta.dirname, '../../..');
const run = promisify(execFile);

/** The release that the drill runs beside this one. */
export const FORMER = { name: '1.0.0', commit: 'a3c8728ccac1322c34152f630dbf4c1771f116c6' } as const;

/**
 * Builds the former release from the repository's history, with the packages of its own lockfile, in a folder that is kept for later runs.
 * @returns the folder of its built code
 */
export async function builtFormerRelease(say: (line: string) => void): Promise<string> {
  const folder = join(REPOSITORY, '.cache/releases', `${FORMER.name}-${FORMER.commit.slice(0, 7)}`);
  const stamp = join(folder, '.built');
  if (existsSync(stamp)) return join(folder, 'dist');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  say(`Building release ${FORMER.name} from commit ${FORMER.commit.slice(0, 7)}, once …`);
  await unpack(folder);
  await install(folder);
  await transpile(folder);
  writeFileSync(stamp, FORMER.commit);
  return join(folder, 'dist');
}

async function unpack(folder: string): Promise<void> {
  const archive = join(folder, 'source.tar');
  await run('git', ['archive', '--format=tar', `--output=${archive}`, FORMER.commit], { cwd: REPOSITORY }).catch(
    (error: Error) => {
      throw new Error(
        `The history has no commit ${FORMER.commit.slice(0, 7)}: fetch it, for instance by git fetch --unshallow. (${error.message.split('\n')[0]})`,
      );
    },
  );
  await run('tar', ['-xf', archive, '-C', folder]);
  rmSync(archive);
}

/** The packages that a run needs. None of their install scripts is needed: the drill's own Node and PostgreSQL serve both releases. */
async function install(folder: string): Promise<void> {
  const { npm_execpath: npm } = process.env;
  const [program, ...args] = npm === undefined ? ['npm'] : [process.execPath, npm];
  const flags = ['ci', '--omit=dev', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  await run(program, [...args, ...flags], { cwd: folder, maxBuffer: 2 ** 26 });
}

async function transpile(folder: string): Promise<void> {
  const { config } = ts.readConfigFile(join(folder, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, folder);
  const compilerOptions = {
    ...options,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    sourceMap: false,
  };
  const { stdout } = await run('git', ['ls-tree', '-r', '--name-only', FORMER.commit, 'apps', 'libs'], { cwd: REPOSITORY });
  const files = stdout.split('\n').filter((file) => file.endsWith('.ts') && !/[.-](spec|fixtures)\.ts$/.test(file));
  for (const file of files) {
    const { outputText } = ts.transpileModule(readFileSync(join(folder, file), 'utf8'), { compilerOptions, fileName: file });
    const out = join(folder, 'dist', file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, withRelativeLibs(outputText, file));
  }
}

/** Release 1.0.0 names its libs by an alias that only its build knew. */
const withRelativeLibs = (text: string, file: string): string =>
  text.replaceAll(/(['"])@app\/([a-z]+)(\/testing)?\1/g, (_, quote: string, lib: string, testing = '') => {
    const target = `libs/${lib}/src${testing}/index.js`;
    return `${quote}./${relative(dirname(file), target)}${quote}`;
  });
