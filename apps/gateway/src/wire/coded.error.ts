import { errorRow, type ErrorCode } from './error-codes.js';

interface CodedErrorDetails {
  /** In place of the table's text. */
  message?: string;
  /** Further members of the error's body. */
  members?: Readonly<Record<string, unknown>>;
  /** In place of the table's seconds. */
  retryAfter?: number;
}

/** Why a request is not served, by its code; the table {@link ERRORS} says how that is answered. */
export class CodedError extends Error {
  readonly members: Readonly<Record<string, unknown>>;
  readonly retryAfter: number | undefined;

  constructor(
    readonly code: ErrorCode,
    { message = errorRow(code).text, members = {}, retryAfter = errorRow(code).retryAfter }: CodedErrorDetails = {},
  ) {
    super(message);
    this.name = new.target.name;
    this.members = members;
    this.retryAfter = retryAfter;
  }
}
