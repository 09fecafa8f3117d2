/** The figures that `--check` compares with; docs/performance.md has the run. */
export const COMMITTED = {
  /** CPU of gateway and PostgreSQL an update, as a multiple of the bare handler's with its PostgreSQL. */
  cpuMultiple: 0.5,
} as const;
