import { CodedError } from '../wire/coded.error.js';

/** The token has its maximum of open streams in this process. */
export class TooManyStreams extends CodedError {
  constructor() {
    super('too_many_streams');
  }
}

/** The process has its maximum of open streams, or is about to stop. */
export class StreamsFull extends CodedError {
  constructor() {
    super('streams_full');
  }
}
