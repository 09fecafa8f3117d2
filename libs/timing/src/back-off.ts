/** First and longest pause between attempts, in milliseconds. */
export interface BackOff {
  firstMs: number;
  longestMs: number;
}

/**
 * The pause after a failed attempt. It doubles with each failure in a row; half of it is random, so that processes that failed together do not retry together.
 * @param failures failures in a row, including this one
 */
export function backOffMs(failures: number, { firstMs, longestMs }: BackOff): number {
  const ceiling = Math.min(firstMs * 2 ** Math.min(Math.max(failures - 1, 0), 30), longestMs);
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}
