/** How long one write may take, over all its tries. */
export const WRITE_DEADLINE_MS = 2_000;

/** How long a write may take that changes as many contacts as there happen to be. Each of its statements has the usual time. */
export const BULK_WRITE_DEADLINE_MS = 30_000;

/** The change could not be made within its deadline; whether it was is not known. */
export class WriteTimedOut extends Error {
  override readonly name = 'WriteTimedOut';

  constructor() {
    super('The change was not made in time.');
  }
}

/** The same promise, or {@link WriteTimedOut} after the time that the write may take. */
export async function withinDeadline<T>(promise: Promise<T>, deadlineMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new WriteTimedOut()), deadlineMs);
  });
  return Promise.race([promise, deadline]).finally(() => clearTimeout(timer));
}
