import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Programs that judge a packed package, and their options. */
export const PACKAGE_JUDGES: readonly (readonly [program: string, options: readonly string[]])[] = [
  ['publint', ['run', '--strict']],
  ['attw', ['--profile', 'esm-only']],
];
/** TypeScript 6, which most callers have, and 7, which takes a fifth of the time. */
const COMPILERS = { 6: 'node_modules/typescript/bin/tsc', 7: 'node_modules/typescript-7/bin/tsc' } as const;
export type Compiler = keyof typeof COMPILERS;
const FINDINGS = /^(Errors|Warnings|Suggestions):/m;

/** An empty folder, in which a caller installs packed packages and runs programs. */
export class CallerFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'contact-sync-caller-'));

  constructor() {
    this.write('package.json', '{ "name": "caller", "private": true, "type": "module" }');
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.path, file), text);
  }

  /** Packs what npm finds in a folder of the repository. @returns the tarball */
  pack(what: string, cwd: string): string {
    const packed = execFileSync('npm', ['pack', what, '--silent', '--pack-destination', this.path], { cwd, encoding: 'utf8' });
    return `./${packed.trim().split('\n').at(-1)!}`;
  }

  install(...tarballs: string[]): SpawnSyncReturns<string> {
    return spawnSync('npm', ['install', '--offline', '--no-audit', '--no-fund', ...tarballs], this.here);
  }

  /** Compiles or only checks, as a caller does. @returns the errors */
  compile(...options: string[]): string {
    return this.compileBy(7, ...options);
  }

  compileBy(compiler: Compiler, ...options: string[]): string {
    const args = [resolve(COMPILERS[compiler]), '--strict', '--skipLibCheck', ...options];
    return spawnSync(process.execPath, args, this.here).stdout;
  }

  /** @returns the findings of a judge; undefined if it has none */
  findingsOf(tarball: string, [program, options]: (typeof PACKAGE_JUDGES)[number]): string | undefined {
    const args = [resolve('node_modules/.bin', program), ...options, tarball];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, this.here);
    const output = `${stdout}${stderr}`;
    return status === 0 && !FINDINGS.test(output) ? undefined : output;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  private get here() {
    return { cwd: this.path, encoding: 'utf8' } as const;
  }
}
