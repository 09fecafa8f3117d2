import { describe, expect, it } from '@jest/globals';
import { SeededRandom } from './random.js';

const draw = (random: SeededRandom): number[] => Array.from({ length: 20 }, () => random.below(1_000));

describe('random numbers', () => {
  it('from one seed / are the same, and from another seed they differ', () => {
    expect(draw(new SeededRandom(7))).toEqual(draw(new SeededRandom(7)));
    expect(draw(new SeededRandom(8))).not.toEqual(draw(new SeededRandom(7)));
  });

  it('of a branch / do not depend on how many were drawn before', () => {
    const [fresh, used] = [new SeededRandom(7), new SeededRandom(7)];
    draw(used);
    expect(draw(used.branch('load'))).toEqual(draw(fresh.branch('load')));
    expect(draw(fresh.branch('fault'))).not.toEqual(draw(fresh.branch('load')));
  });

  it('with weights / choose by weight', () => {
    const random = new SeededRandom(7);
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
