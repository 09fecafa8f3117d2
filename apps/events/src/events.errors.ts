/** The request is refused, or cannot be done: the caller sees only the message. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** Ctrl-C, or another signal to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Options that do not go together; commander reports other errors of options. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}
