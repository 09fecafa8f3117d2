/** What was asked for is refused, or can't be done: the message is all that the caller is told. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** Ctrl-C, or another signal to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Options that don't go together; commander says what it finds itself. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}
