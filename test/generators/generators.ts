import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { generatorJar, pythonGenerator, type Run } from './tools.js';

/** A generator of clients, and how its client is compiled. */
export interface Generator {
  name: string;
  /** Writes a client into the folder. */
  generate: (document: string, folder: string, run: Run) => Promise<void>;
  compile: (folder: string, run: Run) => Promise<void>;
  /** The client's source files, as a pattern below the folder, and how an operation is declared in one of them. */
  sources: string;
  declares: (operationId: string) => RegExp;
}

const pascal = (id: string): string => id.charAt(0).toUpperCase() + id.slice(1);
const snake = (id: string): string => id.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const node = (script: string, ...args: string[]): [string, ...string[]] => [
  process.execPath,
  resolve('node_modules', script),
  ...args,
];

const typescript: Generator = {
  name: 'openapi-ts',
  generate: (document, folder, run) =>
    run(node('@hey-api/openapi-ts/bin/run.js', '--input', document, '--output', folder, '--silent', '--no-log-file'), folder),
  compile: (folder, run) => {
    const options = ['--strict', '--noEmit', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024'];
    const where = ['--lib', 'es2024,dom,dom.iterable', '--types', 'node', '--typeRoots', resolve('node_modules/@types')];
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    return run(node('typescript/bin/tsc', ...options, ...where, 'index.ts'), folder);
  },
  sources: 'sdk.gen.ts',
  declares: (id) => new RegExp(`export const ${id} =`),
};

const python: Generator = {
  name: 'openapi-python-client',
  async generate(document, folder, run) {
    const configuration = join(folder, 'configuration.yaml');
    // The generator knows no lines of JSON, so an export is read as bytes; nothing formats what it writes.
    writeFileSync(configuration, 'content_type_overrides:\n  application/x-ndjson: application/octet-stream\npost_hooks: []\n');
    const what = ['--path', document, '--config', configuration, '--output-path', join(folder, 'client'), '--fail-on-warning'];
    await run([await pythonGenerator(run), 'generate', ...what, '--meta', 'none'], folder);
  },
  compile: (folder, run) => run(['python3', '-m', 'compileall', '-q', 'client'], folder),
  sources: 'client/api/**/*.py',
  declares: (id) => new RegExp(`/${snake(id)}\\.py\n`),
};

/** One of the generators of the openapi-generator project. */
const ofProject = (language: string, more: Pick<Generator, 'compile' | 'sources' | 'declares'>): Generator => ({
  name: `openapi-generator ${language}`,
  async generate(document, folder, run) {
    const what = ['generate', '-i', document, '-g', language, '-o', folder, '--global-property', NO_TESTS];
    await run(['java', '-jar', await generatorJar(run), ...what], folder);
  },
  ...more,
});
const NO_TESTS = 'apiTests=false,modelTests=false,apiDocs=false,modelDocs=false';

export const GENERATORS: readonly Generator[] = [
  typescript,
  python,
  ofProject('java', {
    compile: (folder, run) => run(['mvn', '-q', '--batch-mode', '-Dstyle.color=never', '-DskipTests', 'compile'], folder),
    sources: 'src/main/java/**/api/*.java',
    declares: (id) => new RegExp(`public \\S+ ${id}\\(`),
  }),
  ofProject('go', {
    compile: (folder, run) => run([goProgram(), 'vet', './...'], folder),
    sources: 'api_*.go',
    declares: (id) => new RegExp(`^func \\(a \\*\\w+\\) ${pascal(id)}\\(`, 'm'),
  }),
];

/** Go on the path, else where its own archive puts it. */
function goProgram(): string {
  const usual = '/usr/local/go/bin/go';
  const isOnPath = (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, 'go')));
  return !isOnPath && existsSync(usual) ? usual : 'go';
}
