import { describe, expect, it, jest } from '@jest/globals';

interface Reporter {
  onTestResult(test: unknown, result: unknown, counts: Record<string, number>): void;
}

const FILE = './progress.reporter.mjs';
const { default: ProgressReporter } = (await import(FILE)) as { default: new () => Reporter };

/** What it prints after a suite. */
function printed(suites: { passed: number; failed: number; pending: number }): string {
  const write = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    new ProgressReporter().onTestResult(null, null, {
      numTotalTestSuites: 40,
      numPassedTestSuites: suites.passed,
      numFailedTestSuites: suites.failed,
      numPendingTestSuites: suites.pending,
      numFailedTests: 0,
    });
    return write.mock.calls.map(([text]) => String(text)).join('');
  } finally {
    write.mockRestore();
  }
}

describe('the progress of a long run', () => {
  it('when no suite so far had a test to run / counts those suites as done', () => {
    expect(printed({ passed: 0, failed: 0, pending: 1 })).toBe('');
    expect(printed({ passed: 0, failed: 0, pending: 10 })).toContain('10 of 40 suites after 0:00 min, about 0:00 min to go');
  });

  it('when some suites passed and some failed / counts all of them as done', () => {
    expect(printed({ passed: 17, failed: 2, pending: 1 })).toContain('20 of 40 suites');
  });
});
