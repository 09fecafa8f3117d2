/** The same promise, or an error after the given time. Trap: the work itself continues. */
export async function withinDeadline<T>(work: Promise<T>, ms: number, lateError: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(lateError()), ms);
  });
  return Promise.race([work, deadline]).finally(() => clearTimeout(timer));
}
