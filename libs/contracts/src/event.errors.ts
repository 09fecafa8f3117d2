/** A record that can never be read as an event; another attempt does not help. The message contains no value of the record. */
export class UnreadableEvent extends Error {
  override readonly name = 'UnreadableEvent';
}

/** An event of a known name in a major version that this reader does not support: a fault of the set-up, not of the record. */
export class UnsupportedEventVersion extends Error {
  override readonly name = 'UnsupportedEventVersion';

  constructor(readonly type: string) {
    super(`No reader here for ${type}.`);
  }
}
