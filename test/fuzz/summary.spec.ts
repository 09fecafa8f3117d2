import { describe, expect, it } from '@jest/globals';
import { InvalidOption, readOptions } from './options.js';
import { summaryOf, type FuzzReport } from './summary.js';

const report: FuzzReport = {
  complete: true,
  exit_code: 0,
  running_time: 61.4,
  operations: { total: 30, tested: 30 },
  test_cases: { generated: 4000, unique_failures: 0 },
  errors: [],
};

describe('the summary of a run', () => {
  it('is one line, and clean where all was tested and nothing found', () => {
    expect(summaryOf(report)).toEqual({ line: '✓ 30 of 30 operations, 4000 requests, 0 failures, 0 errors, 61 s', clean: true });
  });

  it.each<[string, Partial<FuzzReport>]>([
    ['something was found', { test_cases: { generated: 9, unique_failures: 1 } }],
    ['an operation was left out', { operations: { total: 30, tested: 29 } }],
    ['it ended early', { complete: false }],
    ['it failed', { exit_code: 1 }],
    ['a request could not be made', { errors: [{}] }],
  ])('when %s / is not clean', (_what, change) => {
    expect(summaryOf({ ...report, ...change })).toEqual({ line: expect.stringMatching(/^✗/), clean: false });
  });
});

describe('the options', () => {
  it('have defaults, and a seed that was drawn', () => {
    expect(readOptions([], 77)).toEqual({ help: false, examples: 100, seed: 77, workers: 2 });
    expect(readOptions(['--seed', '5', '--examples', '9', '--workers', '4'], 77)).toMatchObject({
      seed: 5,
      examples: 9,
      workers: 4,
    });
  });

  it.each([
    ['--seed', '-1'],
    ['--examples', '0'],
    ['--workers', 'x'],
    ['--speed', '3'],
    ['--seed', ''],
  ])('refuse %s %s', (...args) => {
    expect(() => readOptions(args, 1)).toThrow(InvalidOption);
  });
});
