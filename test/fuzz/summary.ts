/** The part of schemathesis' report that is read. */
export interface FuzzReport {
  /** False where it ended early. */
  complete: boolean;
  exit_code: number;
  running_time: number;
  operations: { total: number; tested: number };
  test_cases: { generated: number; unique_failures: number };
  errors: unknown[];
}

/** A run in one line, and whether it was complete and found nothing. */
export function summaryOf(report: FuzzReport): { line: string; clean: boolean } {
  const { complete, exit_code: exitCode, running_time: seconds, operations, test_cases: cases, errors } = report;
  const { total, tested } = operations;
  const clean = complete && exitCode === 0 && tested === total && cases.unique_failures === 0 && errors.length === 0;
  const counts = [
    `${tested} of ${total} operations`,
    `${cases.generated} requests`,
    `${cases.unique_failures} failures`,
    `${errors.length} errors`,
    `${Math.round(seconds)} s`,
  ];
  return { line: `${clean ? '✓' : '✗'} ${counts.join(', ')}`, clean };
}
