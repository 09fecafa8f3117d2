/** Something that the reader of the message can do something about. */
export class SetUpFailed extends Error {
  /** @param {string} message @param {string} [logFile] where a program's own words are */
  constructor(message, logFile) {
    super(logFile ? `${message}\nMore in ${logFile}` : message);
  }
}
