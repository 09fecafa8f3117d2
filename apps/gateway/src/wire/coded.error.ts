import { errorRow, type ErrorCode } from './error-codes.js';

interface CodedErrorDetails {
  /** Replaces the table's text. */
  message?: string;
  /** Further members of the error's body. */
  members?: Readonly<Record<string, unknown>>;
  /** Replaces the table's seconds. */
  retryAfter?: number;
}

/** An error with a code; the table {@link ERRORS} has its answer. */
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
