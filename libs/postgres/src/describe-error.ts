import { constraintOf, errorCodeOf } from './postgres-errors.js';

/**
 * What may be said of an error. A database error's text holds the statement with its values, so of those only
 * name, code, constraint and the stack's frames are kept.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = errorCodeOf(error);
  const fromDatabase = 'sqlMessage' in error || 'severity' in error || constraintOf(error) !== undefined;
  return {
    name: error.constructor.name,
    ...(code === undefined ? {} : { code }),
    ...(constraintOf(error) === undefined ? {} : { constraint: constraintOf(error) }),
    ...(fromDatabase ? {} : { message: error.message }),
    stack: error.stack
      ?.split('\n')
      .filter((line) => /^\s+at /.test(line))
      .slice(0, 12)
      .join('\n'),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}
