/** A part did not start, or the machine lacks something. The message contains the remedy. */
export class StartFailed extends Error {
  override readonly name = 'StartFailed';

  /** @param logFile the part's own log, if there is one */
  constructor(
    message: string,
    readonly logFile?: string,
  ) {
    super(message);
  }
}
