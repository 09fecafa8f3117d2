import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

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
