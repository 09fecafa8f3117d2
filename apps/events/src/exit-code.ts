/** Exit codes of the process; the tool's help explains them. */
export const EXIT = { done: 0, notDone: 1, wrongUsage: 2, found: 3, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
