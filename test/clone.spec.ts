import { execFileSync } from 'node:child_process';
import { expect, it } from '@jest/globals';

/** `i/lf w/lf attr/text=auto eol=lf \t README.md` */
const files = execFileSync('git', ['ls-files', '--eol'], { encoding: 'utf8' }).trim().split('\n');

it('when a clone is made on any system / its text files have the same bytes', () => {
  const others = files.filter((line) => !/^i\/(lf|none) +\S+ +attr\/text=auto eol=lf/.test(line) && !line.includes('attr/-text'));
  expect(others).toEqual([]);
});
