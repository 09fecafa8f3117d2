import { describe, expect, it } from '@jest/globals';
import { marginOf } from './reauthentication.js';

describe('the time before the end of a session at which the client signs in again', () => {
  it.each([
    [3_600_000, 10_000],
    [60_000, 10_000],
    [10_000, 2_000],
    [3_001, 600],
    [1_200, 100],
    [1_000, 0],
  ])('when the broker gives %i ms / is %i ms', (lifetime, margin) => {
    expect(marginOf(lifetime)).toBe(margin);
  });
});
