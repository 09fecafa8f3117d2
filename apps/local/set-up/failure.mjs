/** A failure that the reader of the message can repair. */
export class SetUpFailed extends Error {
  /** @param {string} message @param {string} [logFile] a program's own output */
  constructor(message, logFile) {
    super(logFile ? `${message}\nMore in ${logFile}` : message);
  }
}
