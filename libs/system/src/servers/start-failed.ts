/** A part that did not start, or a machine that lacks something. The message says what to do about it. */
export class StartFailed extends Error {
  override readonly name = 'StartFailed';

  /** @param logFile where the part's own words are, when it got as far as writing any */
  constructor(
    message: string,
    readonly logFile?: string,
  ) {
    super(message);
  }
}
