/** First and longest pause between attempts, in milliseconds. */
export interface BackOff {
  firstMs: number;
  longestMs: number;
}

/**
 * The pause after a failed attempt: it doubles with each failure in a row, and half of it is random, so that processes that failed together do not try again together.
 * @param failures failures in a row, this one included
 */
export function backOffMs(failures: number, { firstMs, longestMs }: BackOff): number {
  const ceiling = Math.min(firstMs * 2 ** Math.min(Math.max(failures - 1, 0), 30), longestMs);
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}
