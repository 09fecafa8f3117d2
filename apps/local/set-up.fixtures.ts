import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { quoted } from './src/shell.js';

/** Exit code and output of a set-up. */
interface SetUpEnd {
  code: number | null;
  said: string;
}

const DEPENDENCIES = { one: '1.0.0', '@opentelemetry/resources': '3.0.0' };
const LOCKFILE = {
  packages: {
    '': { dependencies: DEPENDENCIES, devDependencies: { tester: '1.0.0' } },
    'node_modules/one': { version: '1.0.0', hasInstallScript: true, optionalDependencies: { 'other-system': '2.0.0' } },
    'node_modules/@opentelemetry/resources': { version: '3.0.0' },
    'node_modules/tester': { version: '1.0.0', dependencies: { '@made/helper': '1.0.0' } },
    'node_modules/tester/node_modules/@made/helper': { version: '1.0.0' },
    'node_modules/other-system': { version: '2.0.0', hasInstallScript: true, optional: true },
  },
};
/** What the real build needs. */
const BUILDER = ['oxc-transform', '@oxc-transform'];

/** Stand-ins for the programs that set-up calls: each records its call, and leaves what the real one would leave. */
const PROGRAMS = {
  npm: `
    if (process.argv[2] === 'config') console.log('{}'), process.exit();
    const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'));
    delete packages[''];
    fs.mkdirSync('node_modules', { recursive: true });
    for (const name of ${JSON.stringify(BUILDER)}) {
      fs.rmSync('node_modules/' + name, { force: true });
      fs.symlinkSync(${JSON.stringify(resolve('node_modules'))} + '/' + name, 'node_modules/' + name);
    }
    fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }));`,
  mvn: `
    const out = process.argv.find((each) => each.startsWith('-DoutputDirectory='))?.split('=')[1];
    if (out) fs.mkdirSync(out, { recursive: true }), fs.writeFileSync(out + '/kafka.jar', '');`,
  java: `
    if (process.argv.includes('-version')) console.error('openjdk version "' + (process.env.JAVA_IS ?? '21.0.1') + '"');
    const archive = process.argv.find((each) => each.startsWith('-XX:ArchiveClassesAtExit='))?.split('=')[1];
    if (archive) {
      process.on('SIGTERM', () => (fs.writeFileSync(archive, ''), process.exit(143)));
      setInterval(() => undefined, 1e6);
      console.log('Kafka Server started');
    }`,
};

/** A folder with the set-up under test and stand-ins for every program that it calls. */
export class SetUpTrial {
  // A clone can lie in a folder with any name.
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), "set-up ö (x) [1]$&,it's-")));
  private readonly bin = join(this.root, 'bin');
  private readonly begun: ChildProcess[] = [];
  private seenCalls = 0;

  constructor() {
    for (const part of ['set-up.mjs', 'set-up', 'kafka'])
      cpSync(resolve('apps/local', part), join(this.root, 'apps/local', part), { recursive: true });
    this.write('package-lock.json', JSON.stringify(LOCKFILE));
    this.write('tsconfig.json', '{ "compilerOptions": { "target": "es2024", "sourceMap": true } }');
    this.write('tsconfig.build.json', '{ "include": ["apps", "libs", "test/tools"] }');
    this.write('package.json', '{}');
    this.write('apps/local/src/main.ts', `console.log('the local run begins');`);
    for (const name of Object.keys(PROGRAMS)) this.provide(name as keyof typeof PROGRAMS);
    this.write('calls.log', '');
  }

  /** Takes over what another trial's set-up has made. */
  takeOver(other: SetUpTrial): void {
    for (const part of ['node_modules', 'dist', '.cache'])
      cpSync(join(other.root, part), join(this.root, part), { recursive: true, verbatimSymlinks: true });
  }

  /** Puts a program on the path; the test decides what it does first. */
  provide(name: keyof typeof PROGRAMS, before = ''): void {
    const head = `const fs = require('node:fs');\nconst root = ${JSON.stringify(this.root)};`;
    const note = `fs.appendFileSync(root + '/calls.log', ${JSON.stringify(name)} + ' ' + process.argv.slice(2).join(' ') + '\\n');`;
    this.write(`bin/${name}.cjs`, `${head}\n${note}\n${before}\n${PROGRAMS[name]}\n`);
    // By a shell: a path after #! ends at a blank.
    this.write(`bin/${name}`, `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(join(this.bin, `${name}.cjs`))} "$@"\n`);
    chmodSync(join(this.bin, name), 0o755);
  }

  /** Ends started programs, and removes the folder. */
  end(): void {
    for (const child of this.begun) child.kill('SIGKILL');
    this.remove('.');
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true, force: true });
  }

  write(path: string, content: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), content);
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  exists(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  begin(env: NodeJS.ProcessEnv = {}, command: string | string[] = 'start'): ChildProcess & { end: Promise<SetUpEnd> } {
    const child = spawn(process.execPath, [join(this.root, 'apps/local/set-up.mjs'), ...[command].flat()], {
      cwd: this.root,
      env: { PATH: this.bin, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.begun.push(child);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const end = once(child, 'close').then(([code]) => ({ code: code as number | null, said }));
    return Object.assign(child, { end });
  }

  /** Runs the set-up to its end. */
  run(env?: NodeJS.ProcessEnv, command?: string | string[]): Promise<SetUpEnd> {
    return this.begin(env, command).end;
  }

  /** The installed packages, by folder, with the addresses that npm was given. */
  installed(): Record<string, { resolved?: string }> {
    const lockfile = readFileSync(join(this.root, 'node_modules/.package-lock.json'), 'utf8');
    return (JSON.parse(lockfile) as { packages: Record<string, { resolved?: string }> }).packages;
  }

  /** The programs that were called since the last look, except for questions about a version or a setting. */
  calls(): string[] {
    const lines = readFileSync(join(this.root, 'calls.log'), 'utf8').split('\n').slice(0, -1);
    // The file stays as it is: a line that comes between reading and emptying it would be lost.
    const unseen = lines.slice(this.seenCalls);
    this.seenCalls = lines.length;
    return unseen.filter((line) => !/version|config list/.test(line)).map((line) => line.split(' ')[0] as string);
  }
}
