import { describe, expect, it } from '@jest/globals';
import { curvesOf } from './curves.js';

const samples = (name: string, valueAt: (at: number) => number) =>
  Array.from({ length: 90 }, (_, at) => new Map([[name, valueAt(at)]]));

describe('the curve of a measure', () => {
  it('when it rises at first and then stays / is flat', () => {
    expect(curvesOf(samples('gateway-1 memory, MiB', (at) => Math.min(300, 150 + 10 * at)))[0]!.isFlat).toBe(true);
  });

  it('when it keeps rising / is not flat', () => {
    expect(curvesOf(samples('gateway-1 memory, MiB', (at) => 150 + 3 * at))[0]!.isFlat).toBe(false);
  });

  it('when one value in its last third stands out / is flat', () => {
    const [curve] = curvesOf(samples('database sessions', (at) => (at === 80 ? 90 : 20)));
    expect([curve!.isFlat, curve!.highest]).toEqual([true, 90]);
  });
});
