import { describe, expect, it } from '@jest/globals';
import { attempt } from '../check/evidence.fixtures.js';
import { outcomeOf, type Outcome } from './history.js';

const CASES: [Outcome[], Outcome, string][] = [
  [['ok'], 'ok', 'the only attempt was answered'],
  [['fail'], 'fail', 'the only attempt was refused'],
  [['info'], 'info', 'no answer came'],
  [['info', 'ok'], 'ok', 'the repetition under the key was answered'],
  [['info', 'fail'], 'info', 'the first attempt may have been done'],
  [[], 'info', 'nothing was sent yet'],
];

describe('the outcome of a request', () => {
  it.each(CASES)('when the attempts are %j / is %s: %s', (attempts, outcome) => {
    expect(outcomeOf(attempts.map((each, at) => attempt(String(at), each)))).toBe(outcome);
  });
});
