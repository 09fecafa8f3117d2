import { describe, expect, it } from '@jest/globals';
import { backOffMs } from './back-off.js';

const BACK_OFF = { firstMs: 100, longestMs: 1_000 };

describe('the pause after failed attempts', () => {
  it.each([
    [1, 100],
    [2, 200],
    [4, 800],
    [5, 1_000],
    [5_000, 1_000],
  ])('after %i failures / is between half of %i ms and the whole', (failures, ceiling) => {
    const pauses = Array.from({ length: 50 }, () => backOffMs(failures, BACK_OFF));

    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(ceiling / 2);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(ceiling);
  });
});
