const EVERY = 10;
/** A run of few suites needs no report. */
const FEW = 20;

/** Prints now and then the progress of a long run, its time, and the estimated rest. */
export default class ProgressReporter {
  began = Date.now();

  onTestResult(_test, _result, { numTotalTestSuites: total, numFailedTests: failed, ...suites }) {
    // A suite without a test to run is pending.
    const done = suites.numPassedTestSuites + suites.numFailedTestSuites + suites.numPendingTestSuites;
    if (total < FEW || done % EVERY !== 0 || done === total) return;
    const ms = Date.now() - this.began;
    const rest = (ms / done) * (total - done);
    const defects = failed > 0 ? `, ${failed} tests failed` : '';
    process.stderr.write(`\n  · ${done} of ${total} suites after ${minutes(ms)}, about ${minutes(rest)} to go${defects}\n\n`);
  }
}

const minutes = (ms) => `${Math.floor(ms / 60_000)}:${String(Math.floor((ms / 1000) % 60)).padStart(2, '0')} min`;
