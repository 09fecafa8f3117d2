import { describe, expect, it } from '@jest/globals';
import { attempt } from '../check/evidence.fixtures.js';
import { outcomeOf, type Outcome } from './history.js';

const CASES: [Outcome[], Outcome, string][] = [
  [['ok'], 'ok', 'an answer is an answer'],
  [['fail'], 'fail', 'a refusal changed nothing'],
  [['info'], 'info', 'without an answer nobody knows'],
  [['info', 'ok'], 'ok', 'the repetition under the key was answered'],
  [['info', 'fail'], 'info', 'what is refused now can have been done before'],
  [[], 'info', 'nothing was sent yet'],
];

describe('the outcome of a request', () => {
  it.each(CASES)('%j is %s: %s', (attempts, outcome) => {
    expect(outcomeOf(attempts.map((each, at) => attempt(String(at), each)))).toBe(outcome);
  });
});
