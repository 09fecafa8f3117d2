import type { FieldErrors } from '#app/http';
import { CodedError } from './coded.error.js';
import type { ErrorCode } from './error-codes.js';

export type { FieldErrors } from '#app/http';

/** The request breaks rules and changed nothing; `errors` has every failing field by the request's own name. */
export class ValidationFailed extends CodedError {
  constructor(
    readonly errors: Readonly<FieldErrors>,
    code: ErrorCode = 'validation_failed',
  ) {
    super(code, { message: `The request has invalid fields: ${Object.keys(errors).join(', ')}.` });
  }
}

/** Whether there are errors. */
const hasErrors = (errors: Readonly<FieldErrors>): boolean => Object.keys(errors).length > 0;

/** @throws {ValidationFailed} if there are errors */
export function assertValid(errors: Readonly<FieldErrors>): void {
  if (hasErrors(errors)) throw new ValidationFailed(errors);
}
