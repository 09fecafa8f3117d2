import type { ErrorTable } from '#app/http';
import { Tally } from '#app/http';
import { errorAnswer } from './error-answer.js';
import { codesOf } from './error-codes.js';

/** Counts the requests that a limit refuses, by the code of their answer. */
export class LimitedRequests {
  readonly tally = new Tally<string>(codesOf(429));

  /** The answer to an error, counted where it is 429. */
  readonly answer: ErrorTable = (error) => {
    const answer = errorAnswer(error);
    if (answer?.status === 429) this.tally.count(answer.code);
    return answer;
  };
}
