/** The same promise, or an error after the given time. Trap: the work itself continues. */
export function withinDeadline<T>(work: Promise<T>, ms: number, lateError: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(lateError()), ms);
  });
  const bounded = Promise.race([work, deadline]).finally(() => clearTimeout(timer));
  // Its caller can have given up before: a late error that is not awaited does not end the process.
  bounded.catch(() => undefined);
  return bounded;
}
