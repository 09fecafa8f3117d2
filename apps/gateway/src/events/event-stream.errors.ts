import { CodedError } from '../wire/coded.error.js';

/** The token has as many streams open here as it may have. */
export class TooManyStreams extends CodedError {
  constructor() {
    super('too_many_streams');
  }
}

/** This process has as many streams open as it serves, or is about to stop. */
export class StreamsFull extends CodedError {
  constructor() {
    super('streams_full');
  }
}
