/** A failure that the reader of the message can repair. */
export class SetUpFailed extends Error {
  /** @param {string} message @param {string} [logFile] a program's own output */
  constructor(message, logFile) {
    super(logFile ? `${message}\nMore in ${logFile}` : message);
  }
}

const NOT_OURS = ['EACCES', 'EPERM', 'EROFS'];

/**
 * What a person reads of a failure: a known one, or a file that this user may not write, without a stack.
 * @param {unknown} error
 */
export function textOf(error) {
  if (error instanceof SetUpFailed) return error.message;
  const { code, path, stack } = error;
  return path && NOT_OURS.includes(code)
    ? `${path} can't be used by this user (${code}). It belongs to another one, as after a start by sudo, or its disk is read-only: give clone and data to the user who starts.`
    : (stack ?? String(error));
}
