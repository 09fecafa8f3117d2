import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readSource } from './architecture.imports.js';

/** `i/lf w/lf attr/text=auto eol=lf \t README.md` */
const files = execFileSync('git', ['ls-files', '--eol'], { encoding: 'utf8' }).trim().split('\n');

it('when a clone is made on any system / its text files have the same bytes', () => {
  const others = files.filter((line) => !/^i\/(lf|none) +\S+ +attr\/text=auto eol=lf/.test(line) && !line.includes('attr/-text'));
  expect(others).toEqual([]);
});

describe('the suites of a clone that lies anywhere', () => {
  const paths = files.map((line) => line.split('\t')[1]!);
  const patterns = paths
    .filter((path) => path.endsWith('jest.config.mjs'))
    .flatMap((path) => [...readFileSync(path, 'utf8').matchAll(/testMatch: \[(.*)\]/g)])
    .flatMap(([, list]) => list!.split(', ').map((pattern) => pattern.slice(1, -1)));

  // In a pattern, brackets and braces of the folder's name have a meaning of their own: nothing would match, and no test would be missed.
  it('when a suite names its tests / its pattern has nothing of the folder of the clone', () => {
    expect(patterns.filter((pattern) => !/^\*\*\/\*\.[a-z0-9-]+\.ts$/.test(pattern))).toEqual([]);
  });

  it('when there is a spec / exactly one suite has it', () => {
    const suitesOf = (path: string): string[] => patterns.filter((pattern) => path.endsWith(pattern.slice('**/*'.length)));
    expect(paths.filter((path) => /spec\.ts$/.test(path) && suitesOf(path).length !== 1)).toEqual([]);
  });
});

describe('the commands of a clone in which nobody has worked', () => {
  const { scripts, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, Record<string, string>>;
  /** What a program imports at its start that is installed for development alone, itself or by other files. */
  function neededForDevelopment(program: string): string[] {
    const found = new Set<string>();
    const open = [program];
    for (const file of open) {
      for (const { target, typeOnly, late } of readSource(file, readFileSync(file, 'utf8')).imports) {
        if (typeOnly || late) continue;
        const [, lib, part] = /^#app\/([^/]+)(?:\/(\w+))?$/.exec(target) ?? [];
        const index = part === undefined ? 'index' : part === 'light' ? 'light' : `${part}/index`;
        const path = `${lib === undefined ? target : `libs/${lib}/src/${index}`}.ts`;
        if (existsSync(path) && !open.includes(path)) open.push(path);
        if (/^(@[^/]+\/)?[^/]+/.exec(target)![0] in devDependencies!) found.add(`${target} in ${file}`);
      }
    }
    return [...found];
  }

  const programs = Object.entries(scripts!).flatMap(([name, line]) => {
    const [, program] = / dist\/(\S+)\.js/.exec(line) ?? [];
    return program === undefined ? [] : [{ name, line, program: `${program}.ts` }];
  });

  it('when a program is run by npm / it has the packages that it imports', () => {
    expect(programs.map(({ name }) => name)).toEqual(expect.arrayContaining(['bench', 'faults', 'fuzz', 'upgrade-drill']));
    const lacking = programs.filter(({ line }) => !line.includes('set-up.mjs develop'));
    expect(lacking.flatMap(({ name, program }) => neededForDevelopment(program).map((what) => `${name}: ${what}`))).toEqual([]);
  });
});
