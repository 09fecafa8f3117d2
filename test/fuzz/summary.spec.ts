import { describe, expect, it } from '@jest/globals';
import { fuzzCommand, optionsOf, type Options } from './options.js';
import { summaryOf, type FuzzReport } from './summary.js';

const report: FuzzReport = {
  complete: true,
  exit_code: 0,
  running_time: 61.4,
  operations: { total: 30, tested: 30 },
  test_cases: { generated: 4000, unique_failures: 0 },
  errors: [],
};

describe('the summary of a fuzz run', () => {
  it('when everything was tested without a finding / is one clean line', () => {
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

describe('the options of npm run fuzz', () => {
  const read = (...args: string[]): Options =>
    optionsOf(
      fuzzCommand()
        .exitOverride()
        .configureOutput({ writeErr: () => undefined })
        .parse(args, { from: 'user' }),
    );

  it('when none is given / have defaults and a random seed', () => {
    expect(read()).toEqual({ examples: 100, seed: expect.any(Number), workers: 2 });
  });

  it('when they are given / have these values', () => {
    expect(read('--seed', '5', '--examples', '9', '--workers', '4')).toEqual({ seed: 5, examples: 9, workers: 4 });
  });

  it.each([
    ['--seed', '-1'],
    ['--examples', '0'],
    ['--workers', 'x'],
    ['--speed', '3'],
    ['--seed', ''],
  ])('when %s is %s / are refused', (...args) => {
    expect(() => read(...args)).toThrow(/^error/);
  });
});
