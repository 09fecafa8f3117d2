import type { FieldErrors } from '#app/http';
import { CodedError } from './coded.error.js';
import type { ErrorCode } from './error-codes.js';

export type { FieldErrors } from '#app/http';

/** The request breaks rules and nothing was changed: every field that fails, by the request's own name. */
export class ValidationFailed extends CodedError {
  constructor(
    readonly errors: Readonly<FieldErrors>,
    code: ErrorCode = 'validation_failed',
  ) {
    super(code, { message: `The request has invalid fields: ${Object.keys(errors).join(', ')}.` });
  }
}

/** Whether there is anything wrong. */
const hasErrors = (errors: Readonly<FieldErrors>): boolean => Object.keys(errors).length > 0;

/** @throws {ValidationFailed} where anything is wrong */
export function assertValid(errors: Readonly<FieldErrors>): void {
  if (hasErrors(errors)) throw new ValidationFailed(errors);
}
