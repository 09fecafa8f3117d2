/** The request is refused, or cannot be done: the caller sees only the message. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** Ctrl-C, or another signal to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Whether a signal ended the work; any other error is a failure, also after Ctrl-C. */
export const isInterruption = (error: unknown): boolean => error instanceof Interrupted || (error as Error).name === 'AbortError';

/** Options that do not go together; commander reports other errors of options. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}
