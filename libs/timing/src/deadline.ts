/** The same promise, or an error after the time that it may take. Trap: the work itself goes on. */
export async function withinDeadline<T>(work: Promise<T>, ms: number, lateError: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(lateError()), ms);
  });
  return Promise.race([work, deadline]).finally(() => clearTimeout(timer));
}
