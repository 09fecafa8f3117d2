import { validationFailed, type FieldErrors } from '#app/http';

const DEFAULT_WAIT_SECONDS = 5;
const LONGEST_WAIT_SECONDS = 30;

/** How long to wait for which version. */
export interface WaitFor {
  minVersion: number | undefined;
  waitMs: number;
}

/**
 * Reads `min_version` and `wait`.
 * @throws {ApiError} 422 naming each that is wrong
 */
export function readWaitFor(query: Readonly<Record<string, unknown>>): WaitFor {
  const errors: FieldErrors = {};
  const minVersion = numberOf(query['min_version'], /^\d{1,16}$/);
  const wait = numberOf(query['wait'], /^\d{1,4}(\.\d{1,6})?$/) ?? DEFAULT_WAIT_SECONDS;
  if (Number.isNaN(minVersion) || !Number.isSafeInteger(minVersion ?? 0)) errors['min_version'] = ['must be a version'];
  if (Number.isNaN(wait) || wait > LONGEST_WAIT_SECONDS)
    errors['wait'] = [`must be a number of seconds, at most ${LONGEST_WAIT_SECONDS}`];
  if (Object.keys(errors).length > 0) throw validationFailed(errors);
  return { minVersion, waitMs: wait * 1_000 };
}

function numberOf(value: unknown, form: RegExp): number | undefined {
  if (value === undefined) return undefined;
  return typeof value === 'string' && form.test(value) ? Number(value) : Number.NaN;
}
