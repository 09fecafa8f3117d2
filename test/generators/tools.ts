import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

const PYTHON_CLIENT = 'openapi-python-client==0.29.1';
const JAR = { artifact: 'openapi-generator-cli', version: '7.17.0' };

/** Runs a program in a folder. @throws {Error} with its output, if it fails */
export type Run = (command: readonly [string, ...string[]], folder: string) => Promise<void>;

/** The program openapi-python-client, installed into .cache at the first use. */
export async function pythonGenerator(run: Run): Promise<string> {
  const folder = resolve('.cache', PYTHON_CLIENT.replace('==', '-'));
  const program = join(folder, 'bin', 'openapi-python-client');
  if (existsSync(program)) return program;
  await whole(folder, async () => {
    await run(['python3', '-m', 'venv', folder], '.');
    await run([join(folder, 'bin', 'python'), '-m', 'pip', 'install', '--quiet', PYTHON_CLIENT], '.');
  });
  return program;
}

/** The jar of openapi-generator, fetched by Maven into .cache at the first use. */
export async function generatorJar(run: Run): Promise<string> {
  const folder = resolve('.cache', `${JAR.artifact}-${JAR.version}`);
  const jar = join(folder, `${JAR.artifact}-${JAR.version}.jar`);
  if (existsSync(jar)) return jar;
  const what = [`-Dartifact=org.openapitools:${JAR.artifact}:${JAR.version}`, `-DoutputDirectory=${folder}`];
  await whole(folder, () => run(['mvn', '-q', '--batch-mode', '-Dstyle.color=never', 'dependency:copy', ...what], '.'));
  return jar;
}

/** After a failure the folder is removed: the next run fetches again. */
async function whole(folder: string, fetch: () => Promise<void>): Promise<void> {
  mkdirSync(resolve('.cache'), { recursive: true });
  try {
    await fetch();
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
