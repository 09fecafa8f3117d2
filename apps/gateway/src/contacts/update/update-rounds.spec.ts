import { describe, expect, it } from '@jest/globals';
import { roundsOf } from './update-rounds.js';

const job = (contactId: number, email?: string) => ({ contactId, patch: email === undefined ? {} : { email } });

describe('roundsOf', () => {
  it('puts updates that have nothing in common into one round', () => {
    expect(roundsOf([job(1), job(2, 'a@x.io'), job(3, 'b@x.io')])).toHaveLength(1);
  });

  it('keeps updates of one contact apart and in order', () => {
    const [first, other, second] = [job(1), job(2), job(1)];
    expect(roundsOf([first, other, second])).toEqual([[first, other], [second]]);
  });

  it('keeps claims on one email apart, whatever its spelling', () => {
    const [first, second] = [job(1, 'A@x.io'), job(2, 'a@X.IO')];
    expect(roundsOf([first, second])).toEqual([[first], [second]]);
  });

  it('never lets a later update of a contact overtake one that had to wait for an email', () => {
    const [holder, waits, later] = [job(1, 'a@x.io'), job(2, 'a@x.io'), job(2)];
    expect(roundsOf([holder, waits, later])).toEqual([[holder], [waits], [later]]);
  });
});
