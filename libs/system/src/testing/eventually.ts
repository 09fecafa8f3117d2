import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than a busy machine takes. What comes sooner does not wait for it. */
const PATIENT_MS = 30_000;

/** How long to wait, and how often to try. */
export interface WaitOptions {
  timeoutMs?: number;
  everyMs?: number;
}

/**
 * Tries until it does not throw.
 * @returns its result
 * @throws {Error} when time is out, with the last failure
 */
export async function eventually<T>(
  look: () => T | Promise<T>,
  { timeoutMs = PATIENT_MS, everyMs = 50 }: WaitOptions = {},
): Promise<T> {
  let last: unknown = 'nothing, for the first look has not ended';
  const time = new AbortController();
  const late = sleep(timeoutMs, undefined, { signal: time.signal }).then(() => {
    throw new Error(`Not within ${timeoutMs} ms. Last seen: ${last instanceof Error ? last.message : String(last)}`, {
      cause: last,
    });
  });
  const tries = async (): Promise<T> => {
    for (; ; await sleep(everyMs)) {
      if (time.signal.aborted) throw last;
      try {
        return await look();
      } catch (error) {
        last = error;
      }
    }
  };
  try {
    return await Promise.race([tries(), late]);
  } finally {
    time.abort();
  }
}
