import { describe, expect, it } from '@jest/globals';
import { Random } from './random.js';

const draw = (random: Random): number[] => Array.from({ length: 20 }, () => random.below(1_000));

describe('random numbers', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(draw(new Random(7))).toEqual(draw(new Random(7)));
    expect(draw(new Random(8))).not.toEqual(draw(new Random(7)));
  });

  it('of a branch do not hang on how many were drawn before', () => {
    const [fresh, used] = [new Random(7), new Random(7)];
    draw(used);
    expect(draw(used.branch('load'))).toEqual(draw(fresh.branch('load')));
    expect(draw(fresh.branch('fault'))).not.toEqual(draw(fresh.branch('load')));
  });

  it('choose by weight', () => {
    const random = new Random(7);
    const chosen = Array.from({ length: 2_000 }, () =>
      random.weighted([
        ['often', 9],
        ['seldom', 1],
      ] as const),
    );
    const seldom = chosen.filter((each) => each === 'seldom').length;
    expect(seldom).toBeGreaterThan(100);
    expect(seldom).toBeLessThan(300);
  });
});
